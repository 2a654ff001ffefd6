import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ATOMIC,
  type AtomicName,
  JUMP,
  type JumpName,
  REGISTERS,
  type Reg,
  SIZE,
  type SizeName,
} from '../abi/index.ts';
import {
  DecodeError,
  decode,
  encode,
  type Instruction,
  type InstructionKind,
  type Operator,
} from './index.ts';
import { textOf } from './instruction-text.ts';

const OPERATORS: readonly Operator[] = [
  ...(['add', 'sub', 'mul', 'div', 'sdiv', 'or', 'and', 'lsh', 'rsh', 'mod', 'smod', 'xor', 'mov'] as const),
  'arsh',
];

const reg = fc.constantFrom(...(Object.keys(REGISTERS) as Reg[]));
const s16 = fc.integer({ min: -0x8000, max: 0x7fff });
const s32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const operand = fc.oneof(reg, s32);
const width = fc.constantFrom(32 as const, 64 as const);
const size = fc.constantFrom(...(Object.keys(SIZE) as SizeName[]));
const narrow = fc.constantFrom('u8' as const, 'u16' as const, 'u32' as const);
const bits = fc.constantFrom(16 as const, 32 as const, 64 as const);
const op = fc.constantFrom(...OPERATORS);
const cond = fc.constantFrom(...(Object.keys(JUMP) as JumpName[]));
const atomic = fc.constantFrom(...(Object.keys(ATOMIC) as AtomicName[]));
const is = <K extends string>(kind: K): fc.Arbitrary<K> => fc.constant(kind);

const KINDS: { readonly [K in InstructionKind]: fc.Arbitrary<Extract<Instruction, { kind: K }>> } = {
  alu: fc.record({ kind: is('alu'), width, op, dst: reg, src: operand }),
  neg: fc.record({ kind: is('neg'), width, dst: reg }),
  movsx: fc
    .record({ kind: is('movsx'), width, dst: reg, src: reg, bits: fc.constantFrom(8, 16, 32) })
    .filter(insn => insn.width === 64 || insn.bits !== 32) as fc.Arbitrary<
    Extract<Instruction, { kind: 'movsx' }>
  >,
  endian: fc.record({ kind: is('endian'), to: fc.constantFrom('big', 'little', 'swap'), bits, dst: reg }),
  imm64: fc.record({ kind: is('imm64'), dst: reg, value: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) }),
  map: fc.record({ kind: is('map'), dst: reg, fd: s32 }),
  'map-value': fc.record({ kind: is('map-value'), dst: reg, fd: s32, offset: s32 }),
  'btf-id': fc.record({ kind: is('btf-id'), dst: reg, id: s32, module: s32 }),
  function: fc.record({ kind: is('function'), dst: reg, distance: s32 }),
  load: fc.oneof(
    fc.record({ kind: is('load'), signed: fc.constant(false), size, dst: reg, base: reg, offset: s16 }),
    fc.record({
      kind: is('load'),
      signed: fc.constant(true),
      size: narrow,
      dst: reg,
      base: reg,
      offset: s16,
    }),
  ),
  store: fc.record({ kind: is('store'), size, base: reg, offset: s16, src: operand }),
  atomic: fc.record({
    kind: is('atomic'),
    op: atomic,
    size: fc.constantFrom('u32', 'u64'),
    base: reg,
    offset: s16,
    src: reg,
  }),
  jump: fc.record({ kind: is('jump'), distance: s16 }),
  'jump-far': fc.record({ kind: is('jump-far'), distance: s32 }),
  branch: fc.record({ kind: is('branch'), width, left: reg, cond, right: operand, distance: s16 }),
  call: fc.record({ kind: is('call'), helper: s32 }),
  'call-local': fc.record({ kind: is('call-local'), distance: s32 }),
  'call-kernel': fc.record({ kind: is('call-kernel'), id: s32, module: s16 }),
  exit: fc.record({ kind: is('exit') }),
};

const anyInstruction = fc.oneof(...(Object.values(KINDS) as fc.Arbitrary<Instruction>[]));

for (const kind of Object.keys(KINDS) as InstructionKind[])
  test(`${kind}: decode(encode(x)) is x`, () => {
    fc.assert(
      fc.property(KINDS[kind] as fc.Arbitrary<Instruction>, insn => {
        expect(decode(encode([insn]))).toEqual([insn]);
      }),
      { numRuns: 300 },
    );
  });

test('sequences keep their order and boundaries', () => {
  fc.assert(
    fc.property(fc.array(anyInstruction, { maxLength: 60 }), program => {
      expect(decode(encode(program))).toEqual(program);
    }),
    { numRuns: 200 },
  );
});

/** The code with one byte overwritten: near misses find more than noise. */
const nearMiss = (program: fc.Arbitrary<Instruction[]>): fc.Arbitrary<Uint8Array> =>
  fc.tuple(program, fc.nat(), fc.nat(255)).map(([instructions, at, value]) => {
    const code = encode(instructions);
    code[at % code.length] = value;
    return code;
  });

function decoded(code: Uint8Array): Instruction[] | DecodeError {
  try {
    return decode(code);
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    return error as DecodeError;
  }
}

test('instructions that differ in one byte differ in their text', () => {
  let compared = 0;
  const pairs = anyInstruction.chain(insn =>
    nearMiss(fc.constant([insn])).map(code => [insn, encode([insn]), code] as const),
  );
  fc.assert(
    fc.property(pairs, ([insn, before, after]) => {
      const other = decoded(after);
      if (other instanceof DecodeError || Buffer.from(before).equals(after)) return;
      compared++;
      expect(textOf(other[0]!)).not.toBe(textOf(insn));
    }),
    { numRuns: 5000 },
  );
  expect(compared).toBeGreaterThan(1000);
});

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 64 }),
  nearMiss(fc.array(anyInstruction, { minLength: 1, maxLength: 4 })),
);

test('any bytes either decode and encode back exactly, or are refused with their slot', () => {
  let refused = 0;
  let accepted = 0;
  fc.assert(
    fc.property(anyBytes, code => {
      const result = decoded(code);
      if (result instanceof DecodeError) {
        refused++;
        expect(result.slot).toBeLessThanOrEqual(code.length / 8);
      } else {
        accepted++;
        expect(Buffer.from(encode(result)).equals(code)).toBe(true);
      }
    }),
    { numRuns: 5000 },
  );
  expect(Math.min(refused, accepted)).toBeGreaterThan(200);
});
