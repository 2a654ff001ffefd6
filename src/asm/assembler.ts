import {
  type AtomicName,
  HELPERS,
  type HelperName,
  type JumpName,
  type Reg,
  type SizeName,
} from '../abi/index.ts';
import { AssemblyError } from './assembly-error.ts';
import type { MapSpec } from './blueprint.ts';
import { slotsOf } from './encode.ts';
import type { Instruction, Operator } from './instruction.ts';
import type { Label } from './label.ts';
import { type Item, link } from './link.ts';
import type { Note, Program, Relocation } from './program.ts';

/**
 * Writes one eBPF program, instruction by instruction; every method returns the assembler.
 * Immediates of 64-bit operations are s32, because the kernel sign-extends them; 32-bit ones may also be u32.
 * Whatever cannot be encoded throws AssemblyError, operands at once, labels in `build`.
 */
export class Assembler {
  readonly name: string;
  private readonly items: Item[] = [];
  private readonly relocations: Relocation[] = [];
  private readonly notes: Note[] = [];
  private readonly placed: Map<Label, number> = new Map();
  private slots = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Number of 8-byte slots so far. */
  get length(): number {
    return this.slots;
  }

  /** dst = src; a register, or an s32 immediate sign-extended to 64 bits. */
  mov(dst: Reg, src: Reg | number): this {
    return this.alu('mov', dst, src);
  }

  /** dst = (u32) src. */
  mov32(dst: Reg, src: Reg | number): this {
    return this.alu32('mov', dst, src);
  }

  /** dst = the low `bits` of src, sign-extended to 64 bits. 6.6. */
  movSigned(dst: Reg, src: Reg, bits: 8 | 16 | 32): this {
    return this.append({ kind: 'movsx', width: 64, dst, src, bits });
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
  alu(op: Operator, dst: Reg, src: Reg | number): this {
    return this.append({ kind: 'alu', width: 64, op, dst, src });
  }

  /** 32-bit: the upper half of dst becomes zero. */
  alu32(op: Operator, dst: Reg, src: Reg | number): this {
    return this.append({ kind: 'alu', width: 32, op, dst, src });
  }

  neg(dst: Reg): this {
    return this.append({ kind: 'neg', width: 64, dst });
  }

  neg32(dst: Reg): this {
    return this.append({ kind: 'neg', width: 32, dst });
  }

  /** Host order to or from big-endian: the low `bits` of dst, the rest zero. */
  toBigEndian(dst: Reg, bits: 16 | 32 | 64): this {
    return this.append({ kind: 'endian', to: 'big', dst, bits });
  }

  toLittleEndian(dst: Reg, bits: 16 | 32 | 64): this {
    return this.append({ kind: 'endian', to: 'little', dst, bits });
  }

  /** Swaps the low `bits` of dst whatever the host's order, the rest zero. 6.6. */
  swapBytes(dst: Reg, bits: 16 | 32 | 64): this {
    return this.append({ kind: 'endian', to: 'swap', dst, bits });
  }

  /** dst = any 64-bit constant; takes two slots. */
  imm64(dst: Reg, value: bigint): this {
    return this.append({ kind: 'imm64', dst, value });
  }

  /** dst = the map itself, as helpers take it. */
  map(dst: Reg, map: MapSpec): this {
    this.relocations.push({ slot: this.slots, kind: 'map-fd', map, offset: 0 });
    return this.append({ kind: 'map', dst, fd: 0 });
  }

  /** dst = address of a byte inside the only value of an array map: no lookup at run time. 5.2. */
  mapValue(dst: Reg, map: MapSpec, offset = 0): this {
    this.relocations.push({ slot: this.slots, kind: 'map-value', map, offset });
    return this.append({ kind: 'map-value', dst, fd: 0, offset });
  }

  /** dst = address of a kernel variable; per-CPU ones need the helper this_cpu_ptr or per_cpu_ptr. 5.10. */
  kernelVariable(dst: Reg, btfId: number, moduleBtfFd = 0): this {
    return this.append({ kind: 'btf-id', dst, id: btfId, module: moduleBtfFd });
  }

  /**
   * dst = address of a function of this program, for bpf_loop and bpf_for_each_map_elem. 5.13.
   * The verifier wants BTF (func_info) for such a function, which `netwhy/load` does not supply.
   */
  functionAddress(dst: Reg, target: Label): this {
    return this.append({ kind: 'function', dst, distance: 0 }, target);
  }

  /** dst = *(size *)(base + offset), zero-extended. */
  load(size: SizeName, dst: Reg, base: Reg, offset: number): this {
    return this.append({ kind: 'load', signed: false, size, dst, base, offset });
  }

  /** The same, sign-extended. 6.6. */
  loadSigned(size: Exclude<SizeName, 'u64'>, dst: Reg, base: Reg, offset: number): this {
    return this.append({ kind: 'load', signed: true, size, dst, base, offset });
  }

  /** *(size *)(base + offset) = src; a register or an immediate (u64: s32, sign-extended). */
  store(size: SizeName, base: Reg, offset: number, src: Reg | number): this {
    return this.append({ kind: 'store', size, base, offset, src });
  }

  /** Atomic on *(size *)(base + offset). Plain add since 3.18; all others, and every fetch, 5.12. */
  atomic(op: AtomicName, size: 'u32' | 'u64', base: Reg, offset: number, src: Reg): this {
    return this.append({ kind: 'atomic', op, size, base, offset, src });
  }

  jump(target: Label): this {
    return this.append({ kind: 'jump', distance: 0 }, target);
  }

  /** A jump over more than 32767 slots. 6.6. */
  jumpFar(target: Label): this {
    return this.append({ kind: 'jump-far', distance: 0 }, target);
  }

  /** Compares all 64 bits; an immediate is sign-extended first. */
  jumpIf(left: Reg, cond: JumpName, right: Reg | number, target: Label): this {
    return this.append({ kind: 'branch', width: 64, left, cond, right, distance: 0 }, target);
  }

  /** Compares the low 32 bits. 5.1. */
  jumpIf32(left: Reg, cond: JumpName, right: Reg | number, target: Label): this {
    return this.append({ kind: 'branch', width: 32, left, cond, right, distance: 0 }, target);
  }

  /** r0 = helper(r1..r5); r1..r5 are lost. */
  call(helper: HelperName): this {
    return this.append({ kind: 'call', helper: HELPERS[helper] });
  }

  /** r0 = function of this program, with its own stack frame. */
  callLocal(target: Label): this {
    return this.append({ kind: 'call-local', distance: 0 }, target);
  }

  /** r0 = kernel function, by its BTF id. 5.13. */
  callKernel(btfId: number, module = 0): this {
    return this.append({ kind: 'call-kernel', id: btfId, module });
  }

  exit(): this {
    return this.append({ kind: 'exit' });
  }

  /** Any instruction as data, such as `decode` gives; with a target its distance is filled in by `build`. */
  append(instruction: Instruction, target?: Label): this {
    if (target && !('distance' in instruction))
      throw new AssemblyError(this.name, this.slots, `${instruction.kind} goes nowhere: it takes no label`);
    const slot = this.slots;
    const encoded = slotsOf(instruction, this.name, slot);
    this.slots += encoded.length;
    this.items.push(target ? { slot, instruction, target } : { slot, instruction, encoded });
    return this;
  }

  /** The label stands for the next instruction. A label may be placed once. */
  place(label: Label): this {
    const earlier = this.placed.get(label);
    if (earlier !== undefined)
      throw new AssemblyError(this.name, this.slots, `label ${label.name} already stands at slot ${earlier}`);
    this.placed.set(label, this.slots);
    this.notes.push({ slot: this.slots, kind: 'label', text: label.name });
    return this;
  }

  /** Shown in the listing above the next instruction. */
  comment(text: string): this {
    for (const line of text.split('\n')) this.notes.push({ slot: this.slots, kind: 'comment', text: line });
    return this;
  }

  /** Hands the assembler to a function that writes a piece of program: keeps long programs readable. */
  with(write: (asm: this) => void): this {
    write(this);
    return this;
  }

  /** The finished program. Throws AssemblyError for a label never placed, a jump too far, an end without exit. */
  build(): Program {
    const { name, items, slots, placed } = this;
    const bytes = link({ name, items, length: slots, placed });
    return { name, bytes, relocations: [...this.relocations], notes: [...this.notes] };
  }
}
