import {
  ALU,
  type AluName,
  ATOMIC,
  type AtomicName,
  CALL,
  CLASS,
  HELPERS,
  type HelperName,
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
import { NetwhyError } from '../base/index.ts';
import type { MapSpec } from './blueprint.ts';
import { encodeSlots, type Slot } from './encode.ts';
import type { Label } from './label.ts';
import type { Note, Program, Relocation } from './program.ts';

const S32_MIN = -0x8000_0000;
const U32_MAX = 0xffff_ffff;

/** The program cannot be encoded: an operand out of range, a label placed twice or never. */
export class AssemblyError extends NetwhyError {}

/**
 * Writes one eBPF program, instruction by instruction; every method returns the assembler.
 * Immediates are s32 (the kernel sign-extends them in 64-bit operations); wider ones go through `imm64`.
 */
export class Assembler {
  readonly name: string;
  private readonly slots: Slot[] = [];
  private readonly relocations: Relocation[] = [];
  private readonly notes: Note[] = [];
  private readonly placed: Map<Label, number> = new Map();

  constructor(name: string) {
    this.name = name;
  }

  /** Number of 8-byte slots so far. */
  get length(): number {
    return this.slots.length;
  }

  /** dst = src; a register, or an s32 immediate sign-extended to 64 bits. */
  mov(dst: Reg, src: Reg | number): this {
    return this.alu('mov', dst, src);
  }

  /** dst = (u32) src. */
  mov32(dst: Reg, src: Reg | number): this {
    return this.alu32('mov', dst, src);
  }

  add(dst: Reg, src: Reg | number): this {
    return this.alu('add', dst, src);
  }

  sub(dst: Reg, src: Reg | number): this {
    return this.alu('sub', dst, src);
  }

  and(dst: Reg, src: Reg | number): this {
    return this.alu('and', dst, src);
  }

  or(dst: Reg, src: Reg | number): this {
    return this.alu('or', dst, src);
  }

  xor(dst: Reg, src: Reg | number): this {
    return this.alu('xor', dst, src);
  }

  lsh(dst: Reg, src: Reg | number): this {
    return this.alu('lsh', dst, src);
  }

  rsh(dst: Reg, src: Reg | number): this {
    return this.alu('rsh', dst, src);
  }

  /** 64-bit: dst = dst OP src. */
  alu(op: AluName, dst: Reg, src: Reg | number): this {
    return this.operation(CLASS.alu64 | ALU[op], dst, src);
  }

  /** 32-bit: the upper half of dst becomes zero. */
  alu32(op: AluName, dst: Reg, src: Reg | number): this {
    return this.operation(CLASS.alu | ALU[op], dst, src);
  }

  neg(dst: Reg): this {
    return this.emit({ op: CLASS.alu64 | ALU.neg, dst: REGISTERS[dst], src: 0, off: 0, imm: 0 });
  }

  neg32(dst: Reg): this {
    return this.emit({ op: CLASS.alu | ALU.neg, dst: REGISTERS[dst], src: 0, off: 0, imm: 0 });
  }

  /** Host order to or from big-endian: the low `bits` of dst, the rest zero. */
  toBigEndian(dst: Reg, bits: 16 | 32 | 64): this {
    const op = CLASS.alu | ALU.end | SOURCE_REG;
    return this.emit({ op, dst: REGISTERS[dst], src: 0, off: 0, imm: bits });
  }

  toLittleEndian(dst: Reg, bits: 16 | 32 | 64): this {
    return this.emit({ op: CLASS.alu | ALU.end, dst: REGISTERS[dst], src: 0, off: 0, imm: bits });
  }

  /** dst = any 64-bit constant; takes two slots. */
  imm64(dst: Reg, value: bigint): this {
    return this.wide(dst, PSEUDO.none, value);
  }

  /** dst = the map itself, as helpers take it. */
  map(dst: Reg, map: MapSpec): this {
    this.relocations.push({ slot: this.slots.length, kind: 'map-fd', map, offset: 0 });
    return this.wide(dst, PSEUDO.mapFd, 0n);
  }

  /** dst = address of a byte inside the only value of an array map: no lookup at run time. 5.2. */
  mapValue(dst: Reg, map: MapSpec, offset = 0): this {
    this.relocations.push({ slot: this.slots.length, kind: 'map-value', map, offset });
    return this.wide(dst, PSEUDO.mapValue, 0n);
  }

  /** dst = address of a function of this program, for bpf_loop and bpf_for_each_map_elem. 5.13. */
  functionAddress(dst: Reg, target: Label): this {
    const at = this.slots.length;
    this.wide(dst, PSEUDO.func, 0n);
    this.slots[at] = { ...this.slots[at]!, target, targetIn: 'imm' };
    return this;
  }

  /** dst = *(size *)(base + offset), zero-extended. */
  load(size: SizeName, dst: Reg, base: Reg, offset: number): this {
    const op = CLASS.ldx | MODE.mem | SIZE[size];
    return this.emit({ op, dst: REGISTERS[dst], src: REGISTERS[base], off: s16(offset), imm: 0 });
  }

  /** The same, sign-extended. 6.6. */
  loadSigned(size: Exclude<SizeName, 'u64'>, dst: Reg, base: Reg, offset: number): this {
    const op = CLASS.ldx | MODE.memsx | SIZE[size];
    return this.emit({ op, dst: REGISTERS[dst], src: REGISTERS[base], off: s16(offset), imm: 0 });
  }

  /** *(size *)(base + offset) = src; a register or an s32 immediate. */
  store(size: SizeName, base: Reg, offset: number, src: Reg | number): this {
    const byReg = typeof src === 'string';
    const op = (byReg ? CLASS.stx : CLASS.st) | MODE.mem | SIZE[size];
    const imm = byReg ? 0 : s32(src);
    return this.emit({ op, dst: REGISTERS[base], src: byReg ? REGISTERS[src] : 0, off: s16(offset), imm });
  }

  /** Atomic on *(size *)(base + offset). Plain add since 3.18; all others, and every fetch, 5.12. */
  atomic(name: AtomicName, size: 'u32' | 'u64', base: Reg, offset: number, src: Reg): this {
    const op = CLASS.stx | MODE.atomic | SIZE[size];
    return this.emit({ op, dst: REGISTERS[base], src: REGISTERS[src], off: s16(offset), imm: ATOMIC[name] });
  }

  jump(target: Label): this {
    return this.emit({
      op: CLASS.jmp | JUMP_ALWAYS,
      dst: 0,
      src: 0,
      off: 0,
      imm: 0,
      target,
      targetIn: 'off',
    });
  }

  /** Compares all 64 bits; an immediate is sign-extended first. */
  jumpIf(reg: Reg, cond: JumpName, than: Reg | number, target: Label): this {
    return this.branch(CLASS.jmp, reg, cond, than, target);
  }

  /** Compares the low 32 bits. 5.1. */
  jumpIf32(reg: Reg, cond: JumpName, than: Reg | number, target: Label): this {
    return this.branch(CLASS.jmp32, reg, cond, than, target);
  }

  /** r0 = helper(r1..r5); r1..r5 are lost. */
  call(helper: HelperName): this {
    const op = CLASS.jmp | JUMP_CALL;
    return this.emit({ op, dst: 0, src: CALL.helper, off: 0, imm: HELPERS[helper] });
  }

  /** r0 = function of this program, with its own stack frame. */
  callLocal(target: Label): this {
    const op = CLASS.jmp | JUMP_CALL;
    return this.emit({ op, dst: 0, src: CALL.local, off: 0, imm: 0, target, targetIn: 'imm' });
  }

  exit(): this {
    return this.emit({ op: CLASS.jmp | JUMP_EXIT, dst: 0, src: 0, off: 0, imm: 0 });
  }

  /** The label stands for the next instruction. A label may be placed once. */
  place(label: Label): this {
    if (this.placed.has(label)) throw new AssemblyError(`${this.name}: label ${label.name} is placed twice`);
    this.placed.set(label, this.slots.length);
    this.notes.push({ slot: this.slots.length, kind: 'label', text: label.name });
    return this;
  }

  /** Shown in the listing above the next instruction. */
  comment(text: string): this {
    this.notes.push({ slot: this.slots.length, kind: 'comment', text });
    return this;
  }

  /** Hands the assembler to a function that writes a piece of program: keeps long programs readable. */
  with(write: (asm: this) => void): this {
    write(this);
    return this;
  }

  build(): Program {
    const bytes = encodeSlots(this.name, this.slots, this.placed);
    return { name: this.name, bytes, relocations: [...this.relocations], notes: [...this.notes] };
  }

  private operation(op: number, dst: Reg, src: Reg | number): this {
    if (typeof src === 'string')
      return this.emit({ op: op | SOURCE_REG, dst: REGISTERS[dst], src: REGISTERS[src], off: 0, imm: 0 });
    return this.emit({ op, dst: REGISTERS[dst], src: 0, off: 0, imm: s32(src) });
  }

  private branch(cls: number, reg: Reg, cond: JumpName, than: Reg | number, target: Label): this {
    const byReg = typeof than === 'string';
    const op = cls | JUMP[cond] | (byReg ? SOURCE_REG : 0);
    const src = byReg ? REGISTERS[than] : 0;
    return this.emit({
      op,
      dst: REGISTERS[reg],
      src,
      off: 0,
      imm: byReg ? 0 : s32(than),
      target,
      targetIn: 'off',
    });
  }

  private wide(dst: Reg, pseudo: number, value: bigint): this {
    const low = Number(BigInt.asIntN(32, value));
    const high = Number(BigInt.asIntN(32, value >> 32n));
    this.emit({ op: CLASS.ld | MODE.imm | SIZE.u64, dst: REGISTERS[dst], src: pseudo, off: 0, imm: low });
    return this.emit({ op: 0, dst: 0, src: 0, off: 0, imm: high });
  }

  private emit(slot: Slot): this {
    this.slots.push(slot);
    return this;
  }
}

/** u32 constants are taken as the same 32 bits, so 0xffff0000 may be written plainly. */
function s32(value: number): number {
  if (!Number.isInteger(value) || value < S32_MIN || value > U32_MAX)
    throw new AssemblyError(`immediate ${value} does not fit 32 bits: use imm64`);
  return value | 0;
}

function s16(value: number): number {
  if (!Number.isInteger(value) || value < -0x8000 || value > 0x7fff)
    throw new AssemblyError(`offset ${value} does not fit 16 signed bits`);
  return value;
}
