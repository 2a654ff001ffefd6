import { type AtomicName, HELPERS, type Reg, type SizeName } from '../abi/index.ts';
import type { Instruction, InstructionKind, InstructionOf, Operator, Width } from './instruction.ts';

/** What bytes alone do not tell: the name of the place a distance leads to, and of the map behind a reference. */
export interface Naming {
  placeOf(distance: number): string;
  mapOf(fd: number): string;
}

/** Names for code that comes with nothing but its bytes. */
export const BARE: Naming = {
  placeOf: distance => `pc${distance < 0 ? '' : '+'}${distance}`,
  mapOf: fd => `fd:${fd}`,
};

const SIGNS: Readonly<Record<Operator, string>> = {
  add: '+=',
  sub: '-=',
  mul: '*=',
  div: '/=',
  sdiv: 's/=',
  or: '|=',
  and: '&=',
  lsh: '<<=',
  rsh: '>>=',
  mod: '%=',
  smod: 's%=',
  xor: '^=',
  mov: '=',
  arsh: 's>>=',
};

const BITWISE: ReadonlySet<string> = new Set(['and', 'or', 'xor', '&']);

const LOCKED: Partial<Readonly<Record<AtomicName, string>>> = { add: '+=', or: '|=', and: '&=', xor: '^=' };

const FETCHED: Partial<Readonly<Record<AtomicName, string>>> = {
  fetchAdd: 'fetch_add',
  fetchOr: 'fetch_or',
  fetchAnd: 'fetch_and',
  fetchXor: 'fetch_xor',
  exchange: 'xchg',
};

const ORDERS = { big: 'be', little: 'le', swap: 'bswap' } as const;

const HELPER_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(HELPERS).map(([name, number]) => [number, name]),
);

type Texts = { readonly [K in InstructionKind]: (insn: InstructionOf<K>, names: Naming) => string };

const TEXTS: Texts = {
  alu: ({ width, op, dst, src }) => `${named(dst, width)} ${SIGNS[op]} ${operandText(src, width, op)}`,
  neg: ({ width, dst }) => `${named(dst, width)} = -${named(dst, width)}`,
  movsx: ({ width, dst, src, bits }) => `${named(dst, width)} = (s${bits})${named(src, width)}`,
  endian: ({ to, bits, dst }) => `${dst} = ${ORDERS[to]}${bits} ${dst}`,
  imm64: ({ dst, value }) => `${dst} = 0x${BigInt.asUintN(64, value).toString(16)} ll`,
  map: ({ dst, fd }, names) => `${dst} = map[${names.mapOf(fd)}] ll`,
  'map-value': ({ dst, fd, offset }, names) => `${dst} = map[${names.mapOf(fd)}][0] + ${offset} ll`,
  'btf-id': ({ dst, id, module }) => `${dst} = btf[${module ? `${module}:` : ''}${id}] ll`,
  function: ({ dst, distance }, names) => `${dst} = subprog[${names.placeOf(distance)}] ll`,
  load: ({ size, signed, dst, base, offset }) =>
    `${dst} = ${memoryText(signed ? size.replace('u', 's') : size, base, offset)}`,
  store: ({ size, base, offset, src }) => `${memoryText(size, base, offset)} = ${src}`,
  atomic: atomicText,
  jump: ({ distance }, names) => `goto ${names.placeOf(distance)}`,
  'jump-far': ({ distance }, names) => `gotol ${names.placeOf(distance)}`,
  branch: ({ width, left, cond, right, distance }, names) =>
    `if ${named(left, width)} ${cond} ${operandText(right, width, cond)} goto ${names.placeOf(distance)}`,
  call: ({ helper }) => `call ${HELPER_NAMES.get(helper) ?? 'helper'}#${helper}`,
  'call-local': ({ distance }, names) => `call ${names.placeOf(distance)}`,
  'call-kernel': ({ id, module }) => `call kernel#${module ? `${module}:` : ''}${id}`,
  exit: () => 'exit',
};

/** One instruction in the verifier's notation: "r1 = *(u64 *)(r6 + 16)". */
export function textOf(insn: Instruction, names: Naming = BARE): string {
  const text = TEXTS[insn.kind] as (insn: Instruction, names: Naming) => string;
  return text(insn, names);
}

function atomicText({ op, size, base, offset, src }: InstructionOf<'atomic'>): string {
  const locked = LOCKED[op];
  if (locked) return `lock ${memoryText(size, base, offset)} ${locked} ${src}`;
  const name = size === 'u64' ? 'atomic64' : 'atomic';
  const place = addressText(size, base, offset);
  const fetched = FETCHED[op];
  return fetched
    ? `${src} = ${name}_${fetched}(${place}, ${src})`
    : `r0 = ${name}_cmpxchg(${place}, r0, ${src})`;
}

function memoryText(type: string, base: Reg, offset: number): string {
  return `*${addressText(type as SizeName, base, offset)}`;
}

function addressText(type: SizeName, base: Reg, offset: number): string {
  return `(${type} *)(${base} ${offset < 0 ? '-' : '+'} ${Math.abs(offset)})`;
}

/** Masks read best in hexadecimal, all else in decimal. */
function operandText(operand: Reg | number, width: Width, operation: string): string {
  if (typeof operand === 'string') return named(operand, width);
  if (BITWISE.has(operation) && operand >= 0) return `0x${operand.toString(16)}`;
  if (BITWISE.has(operation) && width === 32) return `0x${(operand >>> 0).toString(16)}`;
  return `${operand}`;
}

/** The low half of r1 is called w1. */
function named(reg: Reg, width: Width): string {
  return width === 64 ? reg : reg.replace('r', 'w');
}
