import { expect, test } from 'vitest';
import { Assembler, AssemblyError, decode, type Instruction, label, type MapSpec } from './index.ts';

const events: MapSpec = { name: 'events', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096 };
const there = label('there');

/** What each method writes; labels stand right behind, so distances are 0. */
const METHODS: readonly (readonly [write: (asm: Assembler) => Assembler, insn: Instruction])[] = [
  [asm => asm.mov('r1', 'r2'), { kind: 'alu', width: 64, op: 'mov', dst: 'r1', src: 'r2' }],
  [asm => asm.mov32('r1', -1), { kind: 'alu', width: 32, op: 'mov', dst: 'r1', src: -1 }],
  [asm => asm.movSigned('r1', 'r2', 16), { kind: 'movsx', width: 64, dst: 'r1', src: 'r2', bits: 16 }],
  [asm => asm.add('r1', 1), { kind: 'alu', width: 64, op: 'add', dst: 'r1', src: 1 }],
  [asm => asm.sub('r1', 1), { kind: 'alu', width: 64, op: 'sub', dst: 'r1', src: 1 }],
  [asm => asm.and('r1', 1), { kind: 'alu', width: 64, op: 'and', dst: 'r1', src: 1 }],
  [asm => asm.or('r1', 1), { kind: 'alu', width: 64, op: 'or', dst: 'r1', src: 1 }],
  [asm => asm.xor('r1', 1), { kind: 'alu', width: 64, op: 'xor', dst: 'r1', src: 1 }],
  [asm => asm.lsh('r1', 1), { kind: 'alu', width: 64, op: 'lsh', dst: 'r1', src: 1 }],
  [asm => asm.rsh('r1', 1), { kind: 'alu', width: 64, op: 'rsh', dst: 'r1', src: 1 }],
  [asm => asm.alu('sdiv', 'r1', 'r2'), { kind: 'alu', width: 64, op: 'sdiv', dst: 'r1', src: 'r2' }],
  [asm => asm.alu32('mul', 'r1', 3), { kind: 'alu', width: 32, op: 'mul', dst: 'r1', src: 3 }],
  [asm => asm.neg('r3'), { kind: 'neg', width: 64, dst: 'r3' }],
  [asm => asm.neg32('r3'), { kind: 'neg', width: 32, dst: 'r3' }],
  [asm => asm.toBigEndian('r3', 16), { kind: 'endian', to: 'big', dst: 'r3', bits: 16 }],
  [asm => asm.toLittleEndian('r3', 32), { kind: 'endian', to: 'little', dst: 'r3', bits: 32 }],
  [asm => asm.swapBytes('r3', 64), { kind: 'endian', to: 'swap', dst: 'r3', bits: 64 }],
  [asm => asm.imm64('r3', -1n), { kind: 'imm64', dst: 'r3', value: 0xffff_ffff_ffff_ffffn }],
  [asm => asm.map('r3', events), { kind: 'map', dst: 'r3', fd: 0 }],
  [asm => asm.mapValue('r3', events, 24), { kind: 'map-value', dst: 'r3', fd: 0, offset: 24 }],
  [asm => asm.kernelVariable('r3', 7, 9), { kind: 'btf-id', dst: 'r3', id: 7, module: 9 }],
  [
    asm => asm.load('u16', 'r1', 'r6', -4),
    { kind: 'load', signed: false, size: 'u16', dst: 'r1', base: 'r6', offset: -4 },
  ],
  [
    asm => asm.loadSigned('u8', 'r1', 'r6', 4),
    { kind: 'load', signed: true, size: 'u8', dst: 'r1', base: 'r6', offset: 4 },
  ],
  [
    asm => asm.store('u64', 'r10', -8, 'r1'),
    { kind: 'store', size: 'u64', base: 'r10', offset: -8, src: 'r1' },
  ],
  [asm => asm.store('u8', 'r10', -8, 1), { kind: 'store', size: 'u8', base: 'r10', offset: -8, src: 1 }],
  [
    asm => asm.atomic('fetchAdd', 'u64', 'r1', 8, 'r2'),
    { kind: 'atomic', op: 'fetchAdd', size: 'u64', base: 'r1', offset: 8, src: 'r2' },
  ],
  [asm => asm.jump(there), { kind: 'jump', distance: 0 }],
  [asm => asm.jumpFar(there), { kind: 'jump-far', distance: 0 }],
  [
    asm => asm.jumpIf('r1', 's<', -1, there),
    { kind: 'branch', width: 64, left: 'r1', cond: 's<', right: -1, distance: 0 },
  ],
  [
    asm => asm.jumpIf32('r1', '&', 'r2', there),
    { kind: 'branch', width: 32, left: 'r1', cond: '&', right: 'r2', distance: 0 },
  ],
  [asm => asm.call('ktime_get_ns'), { kind: 'call', helper: 5 }],
  [asm => asm.callKernel(1234), { kind: 'call-kernel', id: 1234, module: 0 }],
];

test.each(METHODS)('%s', (write, insn) => {
  const asm = write(new Assembler('one'));
  const program = asm.place(there).exit().build();
  expect(decode(program.bytes)).toEqual([insn, { kind: 'exit' }]);
});

const OUT_OF_RANGE: readonly (readonly [string, (asm: Assembler) => Assembler])[] = [
  ['mov of a u32', asm => asm.mov('r1', 0xffff_ffff)],
  ['mov below s32', asm => asm.mov('r1', -0x8000_0001)],
  ['and with a u32 mask', asm => asm.and('r1', 0x8000_0000)],
  ['64-bit comparison with a u32', asm => asm.jumpIf('r1', '==', 0xffff_0000, there)],
  ['store of a u32 as u64', asm => asm.store('u64', 'r10', -8, 0xffff_ffff)],
  ['33 bits in 32-bit arithmetic', asm => asm.alu32('and', 'r1', 0x1_0000_0000)],
  ['33 bits in a 32-bit comparison', asm => asm.jumpIf32('r1', '==', 0x1_0000_0000, there)],
  ['33 bits in a 32-bit store', asm => asm.store('u32', 'r10', -8, 0x1_0000_0000)],
  ['a fraction', asm => asm.mov('r1', 1.5)],
  ['not a number', asm => asm.alu32('mov', 'r1', Number.NaN)],
  ['a load offset', asm => asm.load('u8', 'r1', 'r1', 32768)],
  ['a store offset', asm => asm.store('u8', 'r1', -32769, 'r1')],
  ['an offset into a map value', asm => asm.mapValue('r1', events, 2 ** 31)],
];

test.each(OUT_OF_RANGE)('refuses %s, where it is written', (_, write) => {
  const asm = new Assembler('narrow').mov('r0', 0);
  expect(() => write(asm)).toThrow(AssemblyError);
  expect(() => write(asm)).toThrow(/^narrow, slot 1: (immediate|offset) /);
});

test('a refused immediate says what to use instead', () => {
  try {
    new Assembler('narrow').mov('r1', 0xffff_ffff);
  } catch (error) {
    expect((error as AssemblyError).hint).toMatch(/imm64/);
    expect(error).toMatchObject({ program: 'narrow', slot: 0, name: 'AssemblyError' });
    return;
  }
  throw new Error('was accepted');
});

test('32-bit operations take u32 constants as the same bits', () => {
  const asm = new Assembler('u32')
    .alu32('and', 'r1', 0xffff_0000)
    .jumpIf32('r1', '==', 0xc000_0201, there)
    .store('u32', 'r10', -4, 0xffff_ffff)
    .place(there)
    .exit();
  expect(decode(asm.build().bytes)).toMatchObject([
    { src: -0x1_0000 },
    { right: 0xc000_0201 - 2 ** 32 },
    { src: -1 },
    { kind: 'exit' },
  ]);
});

test('relocations name the map, its slot and the offset', () => {
  const program = new Assembler('maps')
    .imm64('r1', 5n)
    .map('r1', events)
    .mapValue('r2', events, 8)
    .exit()
    .build();
  expect(program.relocations).toEqual([
    { slot: 2, kind: 'map-fd', map: events, offset: 0 },
    { slot: 4, kind: 'map-value', map: events, offset: 8 },
  ]);
});

test('a built program does not change when writing goes on', () => {
  const asm = new Assembler('frozen').mov('r0', 0).exit();
  const program = asm.build();
  asm.comment('later').map('r1', events).exit();
  expect(program.bytes.length).toBe(16);
  expect([program.notes, program.relocations]).toEqual([[], []]);
});

test('with hands the same assembler on', () => {
  const zero = (asm: Assembler): void => {
    asm.mov('r0', 0);
  };
  expect(decode(new Assembler('with').with(zero).exit().build().bytes).length).toBe(2);
});
