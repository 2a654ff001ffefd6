import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ATOMIC, type AtomicName, JUMP, type JumpName } from '../abi/index.ts';
import { kernelAtLeast, parseKernelVersion } from '../base/index.ts';
import { Btf } from '../btf/index.ts';
import { type Loaded, load } from '../load/index.ts';
import { Assembler, type Blueprint, label, type MapSpec, type Operator, type Width } from './index.ts';

// What the instructions do, by the kernel itself: one program applies each of them to two numbers that it finds in a
// map, BPF_PROG_TEST_RUN runs it, and the results must be those of a model in BigInt.

/** Finds a in r1, b in r2 and leaves its result in r1; r6 is the map's value. */
interface Row {
  readonly name: string;
  readonly since?: readonly [number, number];
  readonly write: (asm: Assembler) => void;
  readonly model: (a: bigint, b: bigint) => bigint;
}

type Binary = (a: bigint, b: bigint, width: bigint) => bigint;

const unsigned = (value: bigint, width: number): bigint => BigInt.asUintN(width, value);
const signed = (value: bigint, width: number): bigint => BigInt.asIntN(width, value);
const W = (width: bigint): number => Number(width);

/** Operands and result are unsigned numbers of `width` bits; what comes back is cut to them. */
const ARITHMETIC: Readonly<Record<Operator, Binary>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => (b === 0n ? 0n : a / b),
  sdiv: (a, b, w) => (b === 0n ? 0n : signed(a, W(w)) / signed(b, W(w))),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  lsh: (a, b, w) => a << (b % w),
  rsh: (a, b, w) => a >> (b % w),
  mod: (a, b) => (b === 0n ? a : a % b),
  smod: (a, b, w) => (b === 0n ? a : signed(a, W(w)) % signed(b, W(w))),
  xor: (a, b) => a ^ b,
  mov: (_, b) => b,
  arsh: (a, b, w) => signed(a, W(w)) >> (b % w),
};

const COMPARISONS: Readonly<Record<JumpName, (a: bigint, b: bigint, width: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '&': (a, b) => (a & b) !== 0n,
  's>': (a, b, w) => signed(a, w) > signed(b, w),
  's>=': (a, b, w) => signed(a, w) >= signed(b, w),
  's<': (a, b, w) => signed(a, w) < signed(b, w),
  's<=': (a, b, w) => signed(a, w) <= signed(b, w),
};

const WIDTHS: readonly Width[] = [32, 64];
const SIGNED_DIVISION: ReadonlySet<Operator> = new Set(['sdiv', 'smod']);
const V4 = [6, 6] as const;
const SCRATCH = 16;

function arithmetic(): Row[] {
  return WIDTHS.flatMap(width =>
    (Object.keys(ARITHMETIC) as Operator[]).flatMap(op =>
      (['r2', -7, 5] as const)
        .filter(src => !(op.endsWith('sh') && src === -7))
        .map(src => ({
          name: `${op}${width} ${src}`,
          ...(SIGNED_DIVISION.has(op) ? { since: V4 } : {}),
          write: (asm: Assembler) => (width === 64 ? asm.alu(op, 'r1', src) : asm.alu32(op, 'r1', src)),
          model: (a: bigint, b: bigint) => {
            const right = unsigned(src === 'r2' ? b : BigInt(src), width);
            return unsigned(ARITHMETIC[op](unsigned(a, width), right, BigInt(width)), width);
          },
        })),
    ),
  );
}

function comparisons(): Row[] {
  return WIDTHS.flatMap(width =>
    (Object.keys(JUMP) as JumpName[]).flatMap(cond =>
      (['r2', -7, 5] as const).map(right => ({
        name: `if${width} ${cond} ${right}`,
        write: (asm: Assembler) => {
          const yes = label('yes');
          asm.mov('r3', 'r1').mov('r1', 1);
          if (width === 64) asm.jumpIf('r3', cond, right, yes);
          else asm.jumpIf32('r3', cond, right, yes);
          asm.mov('r1', 0).place(yes);
        },
        model: (a: bigint, b: bigint) => {
          const than = unsigned(right === 'r2' ? b : BigInt(right), width);
          return COMPARISONS[cond](unsigned(a, width), than, width) ? 1n : 0n;
        },
      })),
    ),
  );
}

const swapped = (value: bigint, bits: number): bigint => {
  const bytes = unsigned(value, bits)
    .toString(16)
    .padStart(bits / 4, '0')
    .match(/../g)!;
  return BigInt(`0x${bytes.reverse().join('')}`);
};

/** The tests run on little-endian machines. */
function conversions(): Row[] {
  const endian = ([16, 32, 64] as const).flatMap((bits): Row[] => [
    { name: `be${bits}`, write: asm => asm.toBigEndian('r1', bits), model: a => swapped(a, bits) },
    { name: `le${bits}`, write: asm => asm.toLittleEndian('r1', bits), model: a => unsigned(a, bits) },
    { name: `swap${bits}`, since: V4, write: asm => asm.swapBytes('r1', bits), model: a => swapped(a, bits) },
  ]);
  const moves = ([8, 16, 32] as const).map(
    (bits): Row => ({
      name: `mov s${bits}`,
      since: V4,
      write: asm => asm.movSigned('r1', 'r1', bits),
      model: a => unsigned(signed(a, bits), 64),
    }),
  );
  const negations: Row[] = [
    { name: 'neg', write: asm => asm.neg('r1'), model: a => unsigned(-a, 64) },
    { name: 'neg32', write: asm => asm.neg32('r1'), model: a => unsigned(-a, 32) },
  ];
  return [...endian, ...moves, ...negations];
}

const BITS = { u8: 8, u16: 16, u32: 32, u64: 64 } as const;

function memory(): Row[] {
  return (['u8', 'u16', 'u32', 'u64'] as const).flatMap((size): Row[] => {
    const bits = BITS[size];
    const high = (a: bigint): bigint => a - unsigned(a, bits);
    const rows: Row[] = [
      {
        name: `load ${size}`,
        write: asm => asm.store('u64', 'r10', -16, 'r1').load(size, 'r1', 'r10', -16),
        model: a => unsigned(a, bits),
      },
      {
        name: `store ${size}`,
        write: asm =>
          asm.store('u64', 'r10', -16, 'r1').store(size, 'r10', -16, 'r2').load('u64', 'r1', 'r10', -16),
        model: (a, b) => high(a) + unsigned(b, bits),
      },
      {
        name: `store ${size} of -2`,
        write: asm =>
          asm.store('u64', 'r10', -16, 'r1').store(size, 'r10', -16, -2).load('u64', 'r1', 'r10', -16),
        model: a => high(a) + unsigned(-2n, bits),
      },
    ];
    if (size === 'u64') return rows;
    const write: Row['write'] = asm => asm.store('u64', 'r10', -16, 'r1').loadSigned(size, 'r1', 'r10', -16);
    return [
      ...rows,
      { name: `load signed ${size}`, since: V4, write, model: a => unsigned(signed(a, bits), 64) },
    ];
  });
}

/** Each as [memory afterwards, source register afterwards, r0 afterwards], of old memory a, source b and r0 = a. */
const ATOMICS: Readonly<Record<AtomicName, (a: bigint, b: bigint) => readonly [bigint, bigint | 'b']>> = {
  add: (a, b) => [a + b, 'b'],
  or: (a, b) => [a | b, 'b'],
  and: (a, b) => [a & b, 'b'],
  xor: (a, b) => [a ^ b, 'b'],
  fetchAdd: (a, b) => [a + b, a],
  fetchOr: (a, b) => [a | b, a],
  fetchAnd: (a, b) => [a & b, a],
  fetchXor: (a, b) => [a ^ b, a],
  exchange: (a, b) => [b, a],
  compareExchange: (_, b) => [b, 'b'],
};

function atomics(): Row[] {
  return (['u32', 'u64'] as const).flatMap(size =>
    (Object.keys(ATOMIC) as AtomicName[]).map(
      (op): Row => ({
        name: `${op} ${size}`,
        since: [5, 12],
        write: asm => {
          asm.store('u64', 'r6', SCRATCH, 'r1').mov('r0', 'r1').atomic(op, size, 'r6', SCRATCH, 'r2');
          asm
            .load('u64', 'r1', 'r6', SCRATCH)
            .alu('mul', 'r1', 31)
            .add('r1', 'r2')
            .alu('mul', 'r1', 31)
            .add('r1', 'r0');
        },
        model: (a, b) => {
          const bits = BITS[size];
          const [memory, source] = ATOMICS[op](unsigned(a, bits), unsigned(b, bits));
          const after = a - unsigned(a, bits) + unsigned(memory, bits);
          const r0 = op === 'compareExchange' ? unsigned(a, bits) : a;
          return unsigned((after * 31n + (source === 'b' ? b : source)) * 31n + r0, 64);
        },
      }),
    ),
  );
}

const state: MapSpec = { name: 'state', type: 'array', keySize: 4, valueSize: 4096, maxEntries: 1 };
const btf = Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'));
const double = label('double');

function elsewhere(): Row[] {
  const constant = 0xfedc_ba98_7654_3210n;
  const rows: Row[] = [
    { name: 'imm64', write: asm => asm.imm64('r1', constant), model: () => constant },
    {
      name: 'map value at an offset',
      write: asm => asm.mapValue('r1', state, 8).load('u64', 'r1', 'r1', 0),
      model: (_, b) => b,
    },
    {
      name: 'local call',
      write: asm => asm.callLocal(double).mov('r1', 'r0'),
      model: a => unsigned(a * 2n, 64),
    },
    {
      name: 'helper call',
      write: asm => asm.call('get_smp_processor_id').mov('r1', 'r0').alu('mul', 'r1', 0),
      model: () => 0n,
    },
    {
      name: 'gotol',
      since: V4,
      write: asm => {
        const [there, back, on] = [label('there'), label('back'), label('on')];
        asm.jumpFar(there).place(back).add('r1', 1).jumpFar(on).place(there).jumpFar(back).place(on);
      },
      model: a => unsigned(a + 1n, 64),
    },
  ];
  return [...rows, ...kernelFunction(), ...kernelVariable()];
}

/** 6.2. */
function kernelFunction(): Row[] {
  const [lock, unlock] = [btf.func('bpf_rcu_read_lock'), btf.func('bpf_rcu_read_unlock')];
  if (!lock || !unlock) return [];
  const write: Row['write'] = asm =>
    asm.mov('r7', 'r1').callKernel(lock.id).callKernel(unlock.id).mov('r1', 'r7');
  return [{ name: 'kernel functions', since: [6, 2], write, model: a => a }];
}

/** runqueues is per CPU and says which one: r1 = this CPU's number according to it, minus the helper's answer. */
function kernelVariable(): Row[] {
  const id = btf.find('var', 'runqueues');
  // The verifier looks variables up in kallsyms, which has them only with CONFIG_KALLSYMS_ALL.
  const known = /^\w+ \w runqueues$/m.test(readFileSync('/proc/kallsyms', 'utf8'));
  if (id === undefined || !known || !btf.hasField('rq', 'cpu')) return [];
  const { offset } = btf.field('rq', 'cpu');
  const write: Row['write'] = asm =>
    asm
      .kernelVariable('r1', id)
      .call('this_cpu_ptr')
      .load('u32', 'r7', 'r0', offset)
      .call('get_smp_processor_id')
      .sub('r7', 'r0')
      .mov('r1', 'r7');
  return [{ name: 'kernel variable', since: [5, 10], write, model: () => 0n }];
}

const RUNNING = parseKernelVersion(release())!;
const ROWS: readonly Row[] = [
  ...arithmetic(),
  ...comparisons(),
  ...conversions(),
  ...memory(),
  ...atomics(),
  ...elsewhere(),
].filter(({ since = [0, 0] }) => kernelAtLeast(RUNNING, ...since));
const RESULTS = 24;

function blueprint(): Blueprint {
  const asm = new Assembler('meaning').mapValue('r6', state);
  ROWS.forEach(({ name, write }, index) => {
    asm.comment(name).load('u64', 'r1', 'r6', 0).load('u64', 'r2', 'r6', 8).with(write);
    asm.store('u64', 'r6', RESULTS + 8 * index, 'r1');
  });
  asm.mov('r0', 0).exit().place(double).mov('r0', 'r1').add('r0', 'r1').exit();
  const attach = { kind: 'none', type: 'sched_cls' } as const;
  return { maps: [state], programs: [{ name: 'meaning', attach, code: asm.build(), license: 'GPL' }] };
}

let loaded: Loaded;
beforeAll(() => {
  loaded = load(blueprint());
});
afterAll(() => loaded?.[Symbol.dispose]());

/** The result of each row for one pair of numbers. */
function run(a: bigint, b: bigint): Record<string, bigint> {
  const value = new Uint8Array(state.valueSize);
  const view = new DataView(value.buffer);
  view.setBigUint64(0, a, true);
  view.setBigUint64(8, b, true);
  const key = new Uint8Array(4);
  loaded.map('state').update(key, value);
  loaded.program('meaning').testRun(new Uint8Array(64));
  const after = new DataView(loaded.map('state').lookup(key)!.buffer);
  return Object.fromEntries(ROWS.map(({ name }, i) => [name, after.getBigUint64(RESULTS + 8 * i, true)]));
}

const expected = (a: bigint, b: bigint): Record<string, bigint> =>
  Object.fromEntries(ROWS.map(({ name, model }) => [name, model(a, b)]));

const EDGES = [
  0n,
  1n,
  5n,
  63n,
  64n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  1n << 63n,
  (1n << 64n) - 1n,
  0x1_0000_0005n,
];

test(`${ROWS.length} instructions do what they say at the edges`, () => {
  expect(ROWS.length).toBeGreaterThan(150);
  expect(new Set(ROWS.map(row => row.name)).size).toBe(ROWS.length);
  expect(RESULTS + 8 * ROWS.length).toBeLessThanOrEqual(state.valueSize);
  for (const a of EDGES) for (const b of EDGES) expect(run(a, b)).toEqual(expected(a, b));
});

test('and on any numbers', () => {
  const u64 = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: 0n, max: 300n }));
  fc.assert(
    fc.property(u64, u64, (a, b) => {
      expect(run(a, b)).toEqual(expected(a, b));
    }),
    { numRuns: 300 },
  );
});
