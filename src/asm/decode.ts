import {
  ALU,
  ATOMIC,
  type AtomicName,
  CALL,
  CLASS,
  INSN_BYTES,
  JUMP,
  JUMP_ALWAYS,
  JUMP_CALL,
  JUMP_EXIT,
  type JumpName,
  MODE,
  PSEUDO,
  REGISTERS,
  type Reg,
  SIZE,
  type SizeName,
  SOURCE_REG,
} from '../abi/index.ts';
import { DecodeError } from './assembly-error.ts';
import { OPERATORS, slotsOf } from './encode.ts';
import type { Instruction, Operator, Width } from './instruction.ts';
import { readSlot, type Slot, sameSlot } from './slot.ts';

/** Decoded or not understood; reserved fields are checked afterwards, by encoding again. */
type Guess = Instruction | undefined;

const OPERATION = 0xf0;
const REGISTER_NAMES: readonly Reg[] = Object.keys(REGISTERS) as Reg[];
const SIZES: ReadonlyMap<number, SizeName> = inverse(SIZE);
const CONDITIONS: ReadonlyMap<number, JumpName> = inverse(JUMP);
const ATOMICS: ReadonlyMap<number, AtomicName> = inverse(ATOMIC);
const OPERATOR_NAMES: ReadonlyMap<string, Operator> = new Map(
  (Object.keys(OPERATORS) as Operator[]).map(name => [
    `${OPERATORS[name].code}/${OPERATORS[name].off}`,
    name,
  ]),
);

const TWO_SLOTS: ReadonlySet<Instruction['kind']> = new Set([
  'imm64',
  'map',
  'map-value',
  'btf-id',
  'function',
]);

const BY_CLASS: readonly ((slot: Slot, next: Slot | undefined) => Guess)[] = [
  wide,
  load,
  store,
  stored,
  slot => alu(slot, 32),
  slot => jump(slot, 64),
  slot => jump(slot, 32),
  slot => alu(slot, 64),
];

/** Bytes to instructions. Throws DecodeError with the slot number; whatever it accepts encodes to the same bytes. */
export function decode(bytes: Uint8Array): Instruction[] {
  return [...decodeSlots(bytes)].map(({ instruction }) => instruction);
}

/** The same, one by one, with the slot that each instruction starts at. */
export function* decodeSlots(bytes: Uint8Array): Generator<{ slot: number; instruction: Instruction }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.byteLength / INSN_BYTES);
  for (let at = 0; at < count; ) {
    const instruction = decodeAt(view, at, count);
    yield { slot: at, instruction };
    at += slotCountOf(instruction);
  }
  const rest = bytes.byteLength % INSN_BYTES;
  if (rest) throw new DecodeError(count, `${rest} bytes left, an instruction has ${INSN_BYTES}`);
}

/** 2 for 64-bit loads, else 1. */
export function slotCountOf(instruction: Instruction): 1 | 2 {
  return TWO_SLOTS.has(instruction.kind) ? 2 : 1;
}

function decodeAt(view: DataView, at: number, count: number): Instruction {
  const slot = readSlot(view, at);
  const next = at + 1 < count ? readSlot(view, at + 1) : undefined;
  const opcode = `opcode 0x${slot.op.toString(16).padStart(2, '0')}`;
  if (!REGISTER_NAMES[slot.dst] || slot.src >= REGISTER_NAMES.length)
    throw new DecodeError(at, `${opcode} names register ${Math.max(slot.dst, slot.src)}, the last is r10`);
  const guess = BY_CLASS[slot.op & 7]!(slot, next);
  if (!guess) throw new DecodeError(at, `${opcode} is no known instruction`, fieldsOf(slot));
  const again = slotsOf(guess);
  if (!sameSlot(again[0]!, slot) || (again[1] && !sameSlot(again[1], next!)))
    throw new DecodeError(
      at,
      `${opcode} (${guess.kind}) has bits set in fields it does not use`,
      fieldsOf(slot),
    );
  return guess;
}

function fieldsOf({ dst, src, off, imm }: Slot): string {
  return `its fields: dst ${dst}, src ${src}, off ${off}, imm ${imm}`;
}

function alu(slot: Slot, width: Width): Guess {
  const dst = reg(slot.dst);
  const code = slot.op & OPERATION;
  if (code === ALU.neg) return { kind: 'neg', width, dst };
  if (code === ALU.end) return endian(slot, width);
  if (code === ALU.mov && slot.off !== 0) return moveSigned(slot, width);
  const op = OPERATOR_NAMES.get(`${code}/${slot.off}`);
  return op && { kind: 'alu', width, op, dst, src: source(slot) };
}

function endian(slot: Slot, width: Width): Guess {
  const bits = slot.imm;
  if (bits !== 16 && bits !== 32 && bits !== 64) return undefined;
  const to = width === 64 ? 'swap' : slot.op & SOURCE_REG ? 'big' : 'little';
  return { kind: 'endian', to, bits, dst: reg(slot.dst) };
}

function moveSigned(slot: Slot, width: Width): Guess {
  const bits = slot.off;
  if (bits !== 8 && bits !== 16 && (bits !== 32 || width === 32)) return undefined;
  return { kind: 'movsx', width, dst: reg(slot.dst), src: reg(slot.src), bits };
}

function wide(slot: Slot, next: Slot | undefined): Guess {
  if (slot.op !== (CLASS.ld | MODE.imm | SIZE.u64) || !next) return undefined;
  const dst = reg(slot.dst);
  const low = slot.imm;
  const high = next.imm;
  const meanings: Record<number, Instruction> = {
    [PSEUDO.none]: { kind: 'imm64', dst, value: (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0) },
    [PSEUDO.mapFd]: { kind: 'map', dst, fd: low },
    [PSEUDO.mapValue]: { kind: 'map-value', dst, fd: low, offset: high },
    [PSEUDO.btfId]: { kind: 'btf-id', dst, id: low, module: high },
    [PSEUDO.func]: { kind: 'function', dst, distance: low },
  };
  return meanings[slot.src];
}

function load(slot: Slot): Guess {
  const size = SIZES.get(slot.op & 0x18)!;
  const signed = (slot.op & 0xe0) === MODE.memsx;
  if (!signed && (slot.op & 0xe0) !== MODE.mem) return undefined;
  if (signed && size === 'u64') return undefined;
  return { kind: 'load', size, signed, dst: reg(slot.dst), base: reg(slot.src), offset: slot.off };
}

function store(slot: Slot): Guess {
  if ((slot.op & 0xe0) !== MODE.mem) return undefined;
  const size = SIZES.get(slot.op & 0x18)!;
  return { kind: 'store', size, base: reg(slot.dst), offset: slot.off, src: slot.imm };
}

function stored(slot: Slot): Guess {
  const size = SIZES.get(slot.op & 0x18)!;
  const place = { base: reg(slot.dst), offset: slot.off, src: reg(slot.src) };
  if ((slot.op & 0xe0) === MODE.mem) return { kind: 'store', size, ...place };
  const op = ATOMICS.get(slot.imm);
  if ((slot.op & 0xe0) !== MODE.atomic || !op || (size !== 'u32' && size !== 'u64')) return undefined;
  return { kind: 'atomic', op, size, ...place };
}

function jump(slot: Slot, width: Width): Guess {
  const code = slot.op & OPERATION;
  if (code === JUMP_ALWAYS)
    return width === 64 ? { kind: 'jump', distance: slot.off } : { kind: 'jump-far', distance: slot.imm };
  if (width === 64 && code === JUMP_CALL) return call(slot);
  if (width === 64 && code === JUMP_EXIT) return { kind: 'exit' };
  const cond = CONDITIONS.get(code);
  return (
    cond && { kind: 'branch', width, left: reg(slot.dst), cond, right: source(slot), distance: slot.off }
  );
}

function call(slot: Slot): Guess {
  if (slot.src === CALL.helper) return { kind: 'call', helper: slot.imm };
  if (slot.src === CALL.local) return { kind: 'call-local', distance: slot.imm };
  if (slot.src === CALL.kfunc) return { kind: 'call-kernel', id: slot.imm, module: slot.off };
  return undefined;
}

function source(slot: Slot): Reg | number {
  return slot.op & SOURCE_REG ? reg(slot.src) : slot.imm;
}

function reg(number: number): Reg {
  return REGISTER_NAMES[number]!;
}

function inverse<K extends string>(table: Readonly<Record<K, number>>): ReadonlyMap<number, K> {
  return new Map((Object.keys(table) as K[]).map(name => [table[name], name]));
}
