import { expect, test } from 'vitest';
import { Assembler, AssemblyError, decode, label } from './index.ts';

const [here, there] = [label('here'), label('there')];

function long(write: (asm: Assembler, end: typeof here) => Assembler, filler: number): Assembler {
  const [filling, end] = [label('filling'), label('end')];
  const asm = write(new Assembler('long').jumpIf('r1', '==', 1, filling), end).place(filling);
  for (let i = 0; i < filler; i++) asm.mov('r0', 0);
  return asm.place(end).exit();
}

const BROKEN: readonly (readonly [
  what: string,
  says: RegExp,
  slot: number | undefined,
  write: () => Assembler,
])[] = [
  ['an empty program', /^p: has no instructions$/, undefined, () => new Assembler('p')],
  [
    'a label that is never placed',
    /^p, slot 1: label there is used but never placed$/,
    1,
    () => new Assembler('p').mov('r0', 0).jump(there).exit(),
  ],
  [
    'a label behind the last instruction',
    /label there stands after the last instruction/,
    0,
    () => new Assembler('p').jumpIf('r1', '==', 0, there).exit().place(there),
  ],
  [
    'a label that is placed twice',
    /^p, slot 1: label here already stands at slot 0$/,
    1,
    () => new Assembler('p').place(here).mov('r0', 0).place(here).exit(),
  ],
  [
    'a jump over 32768 slots',
    /^long, slot 1: jump to label end is 32768 slots away/,
    1,
    () => long((asm, end) => asm.jump(end), 32768),
  ],
  [
    'a branch over 32768 slots',
    /branch to label end is 32768 slots away/,
    1,
    () => long((asm, end) => asm.jumpIf('r1', '==', 0, end), 32768),
  ],
  [
    'an end without exit',
    /^p, slot 1: the program ends in alu/,
    1,
    () => new Assembler('p').exit().mov('r0', 0),
  ],
  [
    'an end in a branch',
    /ends in branch/,
    0,
    () => new Assembler('p').place(here).jumpIf('r1', '>', 1, here),
  ],
  [
    'a function that is fallen into',
    /^p, slot 0: what stands before the function at label there \(slot 1\) ends in call-local/,
    0,
    () => new Assembler('p').callLocal(there).place(there).exit(),
  ],
  [
    'a jump into a 64-bit load',
    /^p, slot 0: jump to slot 2: the second half of a 64-bit load/,
    0,
    () => new Assembler('p').append({ kind: 'jump', distance: 1 }).imm64('r1', 1n).exit(),
  ],
  [
    'a distance out of the program',
    /^p, slot 0: branch to slot 9: the program has 2 slots/,
    0,
    () =>
      new Assembler('p')
        .append({ kind: 'branch', width: 64, left: 'r1', cond: '==', right: 0, distance: 8 })
        .exit(),
  ],
  [
    'a distance before the program',
    /jump to slot -1/,
    0,
    () => new Assembler('p').append({ kind: 'jump', distance: -2 }).exit(),
  ],
  [
    'an instruction that nothing leads to',
    /^p, slot 1: nothing leads to this alu/,
    1,
    () => new Assembler('p').jump(here).mov('r0', 1).place(here).exit(),
  ],
  [
    'a function that nobody calls',
    /^p, slot 1: nothing leads to this alu/,
    1,
    () => new Assembler('p').exit().place(here).mov('r0', 1).exit(),
  ],
  [
    'a label on an instruction that goes nowhere',
    /exit goes nowhere/,
    0,
    () => new Assembler('p').append({ kind: 'exit' }, here),
  ],
];

test.each(BROKEN)('refuses %s', (_, says, slot, write) => {
  let thrown: unknown;
  try {
    write().build();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(AssemblyError);
  expect((thrown as AssemblyError).message).toMatch(says);
  expect((thrown as AssemblyError).slot).toBe(slot);
});

test('32767 slots are not too far, and gotol goes further', () => {
  expect(decode(long((asm, end) => asm.jump(end), 32767).build().bytes)[1]).toEqual({
    kind: 'jump',
    distance: 32767,
  });
  expect(decode(long((asm, end) => asm.jumpFar(end), 40000).build().bytes)[1]).toEqual({
    kind: 'jump-far',
    distance: 40000,
  });
});

test('distances count both slots of a 64-bit load', () => {
  const program = new Assembler('p')
    .jumpIf('r1', '==', 0, there)
    .imm64('r2', 1n)
    .place(there)
    .mov('r0', 0)
    .exit()
    .build();
  expect(decode(program.bytes)[0]).toMatchObject({ distance: 2 });
});

test('functions are called and handed over by label, and a program may end in a jump back', () => {
  const [body, loop, start] = [label('body'), label('loop'), label('start')];
  const program = new Assembler('p')
    .functionAddress('r2', body)
    .callLocal(body)
    .jump(start)
    .place(body)
    .mov('r0', 0)
    .exit()
    .place(loop)
    .exit()
    .place(start)
    .jump(loop)
    .build();
  expect(decode(program.bytes).filter(insn => 'distance' in insn)).toEqual([
    { kind: 'function', dst: 'r2', distance: 3 },
    { kind: 'call-local', distance: 1 },
    { kind: 'jump', distance: 3 },
    { kind: 'jump', distance: -2 },
  ]);
});
