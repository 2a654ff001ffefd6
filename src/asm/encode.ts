import {
  ALU,
  ATOMIC,
  CALL,
  CLASS,
  JUMP,
  JUMP_ALWAYS,
  JUMP_CALL,
  JUMP_EXIT,
  MODE,
  PSEUDO,
  REGISTERS,
  type Reg,
  SIZE,
  SOURCE_REG,
} from '../abi/index.ts';
import { AssemblyError } from './assembly-error.ts';
import type { Instruction, InstructionKind, InstructionOf, Operator, Width } from './instruction.ts';
import { EMPTY_SLOT, type Slot, writeSlots } from './slot.ts';

const S32_MIN = -0x8000_0000;
const S32_MAX = 0x7fff_ffff;
const U32_MAX = 0xffff_ffff;

/** Opcode bits and the `off` field of each operator: signed division is division with off 1. */
export const OPERATORS: Readonly<Record<Operator, { readonly code: number; readonly off: number }>> = {
  add: { code: ALU.add, off: 0 },
  sub: { code: ALU.sub, off: 0 },
  mul: { code: ALU.mul, off: 0 },
  div: { code: ALU.div, off: 0 },
  sdiv: { code: ALU.div, off: 1 },
  or: { code: ALU.or, off: 0 },
  and: { code: ALU.and, off: 0 },
  lsh: { code: ALU.lsh, off: 0 },
  rsh: { code: ALU.rsh, off: 0 },
  mod: { code: ALU.mod, off: 0 },
  smod: { code: ALU.mod, off: 1 },
  xor: { code: ALU.xor, off: 0 },
  mov: { code: ALU.mov, off: 0 },
  arsh: { code: ALU.arsh, off: 0 },
};

const ENDIAN = {
  little: CLASS.alu | ALU.end,
  big: CLASS.alu | ALU.end | SOURCE_REG,
  swap: CLASS.alu64 | ALU.end,
} as const;

const aluClass = (width: Width): number => (width === 64 ? CLASS.alu64 : CLASS.alu);
const jumpClass = (width: Width): number => (width === 64 ? CLASS.jmp : CLASS.jmp32);

type Encoders = { readonly [K in InstructionKind]: (insn: InstructionOf<K>) => readonly Slot[] };

const ENCODERS: Encoders = {
  alu: ({ width, op, dst, src }) => [
    operand(aluClass(width) | OPERATORS[op].code, dst, src, OPERATORS[op].off, width),
  ],
  neg: ({ width, dst }) => [{ ...EMPTY_SLOT, op: aluClass(width) | ALU.neg, dst: REGISTERS[dst] }],
  movsx: ({ width, dst, src, bits }) => [operand(aluClass(width) | ALU.mov, dst, src, bits, width)],
  endian: ({ to, bits, dst }) => [{ ...EMPTY_SLOT, op: ENDIAN[to], dst: REGISTERS[dst], imm: bits }],
  imm64: ({ dst, value }) =>
    wide(dst, PSEUDO.none, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))),
  map: ({ dst, fd }) => wide(dst, PSEUDO.mapFd, fd, 0),
  'map-value': ({ dst, fd, offset }) => wide(dst, PSEUDO.mapValue, fd, offset),
  'btf-id': ({ dst, id, module }) => wide(dst, PSEUDO.btfId, id, module),
  function: ({ dst, distance }) => wide(dst, PSEUDO.func, distance, 0),
  load: ({ size, signed, dst, base, offset }) => [
    memory(
      CLASS.ldx | (signed ? MODE.memsx : MODE.mem) | SIZE[size],
      REGISTERS[dst],
      REGISTERS[base],
      offset,
    ),
  ],
  store: ({ size, base, offset, src }) => [
    typeof src === 'string'
      ? memory(CLASS.stx | MODE.mem | SIZE[size], REGISTERS[base], REGISTERS[src], offset)
      : {
          ...memory(CLASS.st | MODE.mem | SIZE[size], REGISTERS[base], 0, offset),
          imm: size === 'u64' ? src : low32(src),
        },
  ],
  atomic: ({ op, size, base, offset, src }) => [
    {
      ...memory(CLASS.stx | MODE.atomic | SIZE[size], REGISTERS[base], REGISTERS[src], offset),
      imm: ATOMIC[op],
    },
  ],
  jump: ({ distance }) => [{ ...EMPTY_SLOT, op: CLASS.jmp | JUMP_ALWAYS, off: distance }],
  'jump-far': ({ distance }) => [{ ...EMPTY_SLOT, op: CLASS.jmp32 | JUMP_ALWAYS, imm: distance }],
  branch: ({ width, left, cond, right, distance }) => [
    operand(jumpClass(width) | JUMP[cond], left, right, distance, width),
  ],
  call: ({ helper }) => [calling(CALL.helper, helper, 0)],
  'call-local': ({ distance }) => [calling(CALL.local, distance, 0)],
  'call-kernel': ({ id, module }) => [calling(CALL.kfunc, id, module)],
  exit: () => [{ ...EMPTY_SLOT, op: CLASS.jmp | JUMP_EXIT }],
};

/** The one or two slots of an instruction. Throws AssemblyError when an operand does not fit its field. */
export function slotsOf(insn: Instruction, program = 'program', at = 0): readonly Slot[] {
  const slots = encoderOf(insn.kind)(insn);
  for (const slot of slots) check(slot, insn.kind, program, at);
  return slots;
}

/** Instructions to bytes, 8 a slot, little-endian. Throws AssemblyError. */
export function encode(instructions: readonly Instruction[]): Uint8Array {
  const slots: Slot[] = [];
  for (const insn of instructions) slots.push(...slotsOf(insn, 'program', slots.length));
  return writeSlots(slots);
}

function encoderOf(kind: InstructionKind): (insn: Instruction) => readonly Slot[] {
  return ENCODERS[kind] as (insn: Instruction) => readonly Slot[];
}

function operand(op: number, dst: Reg, src: Reg | number, off: number, width: Width): Slot {
  if (typeof src === 'string')
    return { op: op | SOURCE_REG, dst: REGISTERS[dst], src: REGISTERS[src], off, imm: 0 };
  return { op, dst: REGISTERS[dst], src: 0, off, imm: width === 64 ? src : low32(src) };
}

function memory(op: number, dst: number, src: number, off: number): Slot {
  return { op, dst, src, off, imm: 0 };
}

function wide(dst: Reg, pseudo: number, low: number, high: number): readonly Slot[] {
  const op = CLASS.ld | MODE.imm | SIZE.u64;
  return [
    { op, dst: REGISTERS[dst], src: pseudo, off: 0, imm: low },
    { ...EMPTY_SLOT, imm: high },
  ];
}

function calling(how: number, imm: number, off: number): Slot {
  return { op: CLASS.jmp | JUMP_CALL, dst: 0, src: how, off, imm };
}

/** Where only 32 bits count, 0xffff0000 may be written plainly; whatever is no u32 is left for the check. */
function low32(value: number): number {
  return Number.isInteger(value) && value > S32_MAX && value <= U32_MAX ? value | 0 : value;
}

function check(slot: Slot, kind: InstructionKind, program: string, at: number): void {
  if (!within(slot.imm, S32_MIN, S32_MAX))
    throw new AssemblyError(
      program,
      at,
      `immediate ${slot.imm} of ${kind} is no signed 32-bit number`,
      'the kernel sign-extends immediates of 64-bit operations: put wider constants into a register with imm64',
    );
  if (!within(slot.off, -0x8000, 0x7fff))
    throw new AssemblyError(program, at, `offset ${slot.off} of ${kind} does not fit 16 signed bits`);
}

function within(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}
