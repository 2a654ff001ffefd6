import { describe, expect, test } from 'vitest';
import { Assembler, type Blueprint, label, type MapSpec, type Program } from '../asm/index.ts';
import { NetwhyError, SyscallError, VerifierError } from '../base/index.ts';
import { openHandles } from '../sys/index.ts';
import { failOnLeaks } from '../sys/leak-test.ts';
import { load } from './index.ts';

failOnLeaks();

const PACKET = Uint8Array.from({ length: 64 }, (_, i) => i);

function classifier(code: Program, maps: readonly MapSpec[] = []): Blueprint {
  const attach = { kind: 'none', type: 'sched_cls' } as const;
  return { maps, programs: [{ name: code.name, attach, code, license: 'GPL' }] };
}

function resultOf(code: Program, maps?: readonly MapSpec[]): number {
  using loaded = load(classifier(code, maps));
  return loaded.program(code.name).testRun(PACKET).result;
}

test('runs on a packet and gives its result and the packet back', () => {
  using loaded = load(classifier(new Assembler('answer').mov('r0', 42).exit().build()));
  const { result, output, durationNs } = loaded.program('answer').testRun(PACKET, 1000);
  expect(result).toBe(42);
  expect(output).toEqual(PACKET);
  expect(durationNs).toBeGreaterThanOrEqual(0);
});

test('calls a function of its own', () => {
  const square = label('square');
  const asm = new Assembler('bpf2bpf').mov('r1', 12).callLocal(square).add('r0', 1).exit();
  expect(resultOf(asm.place(square).mov('r0', 'r1').alu('mul', 'r0', 'r1').exit().build())).toBe(145);
});

test('hands a function of its own to bpf_loop', () => {
  const body = label('body');
  const asm = new Assembler('looping')
    .store('u64', 'r10', -8, 0)
    .mov('r1', 100)
    .functionAddress('r2', body)
    .mov('r3', 'r10')
    .add('r3', -8)
    .mov('r4', 0)
    .call('loop')
    .load('u64', 'r0', 'r10', -8)
    .exit()
    .place(body)
    .comment('r1 is the round, r2 points to the sum')
    .load('u64', 'r3', 'r2', 0)
    .add('r3', 'r1')
    .store('u64', 'r2', 0, 'r3')
    .mov('r0', 0)
    .exit();
  expect(resultOf(asm.build())).toBe(4950);
});

test('reads and writes array values by their address', () => {
  const state: MapSpec = { name: 'state', type: 'array', keySize: 4, valueSize: 16, maxEntries: 1 };
  const code = new Assembler('globals')
    .mapValue('r1', state, 8)
    .load('u64', 'r0', 'r1', 0)
    .add('r0', 5)
    .store('u64', 'r1', 0, 'r0')
    .exit()
    .build();
  using loaded = load(classifier(code, [state]));
  const value = new Uint8Array(16);
  value[8] = 37;
  loaded.map('state').update(new Uint8Array(4), value);
  expect(loaded.program('globals').testRun(PACKET).result).toBe(42);
  expect(loaded.map('state').lookup(new Uint8Array(4))![8]).toBe(42);
});

test('tail-calls through a program array', () => {
  const targets: MapSpec = { name: 'targets', type: 'prog_array', keySize: 4, valueSize: 4, maxEntries: 2 };
  const jump = new Assembler('jump')
    .map('r2', targets)
    .mov('r3', 1)
    .call('tail_call')
    .mov('r0', 7)
    .exit()
    .build();
  const landing = new Assembler('landing').mov('r0', 99).exit().build();
  using loaded = load({
    maps: [targets],
    programs: [classifier(jump), classifier(landing)].flatMap(({ programs }) => programs),
  });
  expect(loaded.program('jump').testRun(PACKET).result).toBe(7);
  const fd = Uint32Array.of(loaded.program('landing').fd);
  loaded.map('targets').update(new Uint8Array(Uint32Array.of(1).buffer), new Uint8Array(fd.buffer));
  expect(loaded.program('jump').testRun(PACKET).result).toBe(99);
});

describe('a program that the verifier refuses', () => {
  const bad = (): Program =>
    new Assembler('bad')
      .comment('the packet, without a look at its length')
      .load('u32', 'r2', 'r1', 76)
      .place(label('first-byte'))
      .comment('must be compared with data_end first')
      .load('u8', 'r0', 'r2', 0)
      .exit()
      .build();

  function refusalOf(code: Program, logLevel = 1): VerifierError {
    try {
      load(classifier(code), { logLevel })[Symbol.dispose]();
    } catch (error) {
      if (error instanceof VerifierError) return error;
      throw error;
    }
    throw new Error('the verifier took it');
  }

  test('is shown beside our own listing, with the reason', () => {
    const error = refusalOf(bad());
    expect(error.program).toBe('bad');
    expect(error.errno).toBe(13);
    expect(error.message).toMatch(
      /^bad: EACCES: the verifier refuses instruction 1: .*invalid access to packet/,
    );
    expect(error.message).toContain('first-byte:');
    expect(error.message).toContain('; must be compared with data_end first');
    expect(error.message).toMatch(/> +1: .*r2/);
    expect(error.message).toMatch(/what the verifier saw:\n(?:.*\n)?.*\(61\) r2 = \*\(u32 \*\)\(r1 \+76\)/);
    expect(error.message.split('\n').length).toBeLessThan(20);
    expect(error.log).toContain('invalid access to packet');
    expect(error.log).toContain('processed 2 insns');
  });

  test('gets a larger log when the first is too small', () => {
    const asm = new Assembler('long');
    for (let i = 0; i < 12_000; i++) asm.mov('r3', i).alu('mul', 'r3', 'r3');
    const error = refusalOf(asm.load('u64', 'r0', 'r5', 0).exit().build(), 2);
    expect(error.log.length).toBeGreaterThan(1 << 20);
    expect(error.message).toContain('refuses instruction 24000: R5 !read_ok');
  });

  test('that is too long to walk says that', () => {
    const again = label('again');
    const asm = new Assembler('walk').mov('r6', 0).place(again);
    for (let i = 0; i < 200; i++) asm.add('r6', 0);
    const code = asm.add('r6', 1).jumpIf('r6', '<', 100_000, again).mov('r0', 0).exit().build();
    const error = refusalOf(code);
    expect(error.message).toMatch(/^walk: E2BIG: the verifier refuses it: BPF program is too large/);
    expect(error.hint).toContain('every round of a loop');
  });

  test('leaves no map open', () => {
    const before = openHandles().length;
    const map: MapSpec = { name: 'unused', type: 'array', keySize: 4, valueSize: 4, maxEntries: 1 };
    expect(() => load(classifier(bad(), [map]))).toThrow(VerifierError);
    expect(openHandles().length).toBe(before);
  });

  test('without a line to blame, keeps the reason', () => {
    const code = new Assembler('wrong').mov('r0', 0).exit().build();
    const attach = { kind: 'none', type: 'tracing' } as const;
    const refuse = (): void =>
      load({ maps: [], programs: [{ name: 'w', attach, code, license: 'GPL' }] })[Symbol.dispose]();
    expect(refuse).toThrow(NetwhyError);
  });
});

test('dump shows every program with maps by name before it is loaded', () => {
  const map: MapSpec = { name: 'packets', type: 'array', keySize: 4, valueSize: 4, maxEntries: 1 };
  const code = new Assembler('shown').comment('why').map('r1', map).load('u8', 'r0', 'r5', 0).exit().build();
  const dumped: string[] = [];
  expect(() => load(classifier(code, [map]), { dump: text => dumped.push(text) })).toThrow(VerifierError);
  expect(dumped).toHaveLength(1);
  expect(dumped[0]).toMatch(/^program shown\n/);
  expect(dumped[0]).toContain('; why');
  expect(dumped[0]).toContain('packets');
});

test('names what a blueprint lacks', () => {
  const map: MapSpec = { name: 'elsewhere', type: 'array', keySize: 4, valueSize: 4, maxEntries: 1 };
  const code = new Assembler('lost').map('r1', map).mov('r0', 0).exit().build();
  expect(() => load(classifier(code))).toThrow(
    'program lost, instruction 0: map elsewhere is not in the blueprint',
  );
  using loaded = load(classifier(new Assembler('one').mov('r0', 0).exit().build()));
  expect(() => loaded.map('none')).toThrow('the blueprint has no map "none" (it has: none)');
  expect(() => loaded.program('two')).toThrow('the blueprint has no program "two" (it has: one)');
  expect(() => loaded.attach('one')).toThrow('a program of kind "none" has no place to attach to');
  expect(() => loaded.attach('one', { kind: 'raw-tracepoint', tracepoint: 'kfree_skb' })).toThrow(
    'was loaded as none',
  );
});

test('a tracepoint that does not exist is an error with its name', () => {
  const code = new Assembler('tp').mov('r0', 0).exit().build();
  const attach = { kind: 'raw-tracepoint', tracepoint: 'no_such_tracepoint' } as const;
  using loaded = load({ maps: [], programs: [{ name: 'tp', attach, code, license: 'GPL' }] });
  expect(() => loaded.attachAll()).toThrow(SyscallError);
  expect(() => loaded.attachAll()).toThrow('no_such_tracepoint');
});
