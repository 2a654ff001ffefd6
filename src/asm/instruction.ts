import type { AluName, AtomicName, JumpName, Reg, SizeName } from '../abi/index.ts';

/** Two-operand arithmetic. sdiv and smod are signed and need 6.6. */
export type Operator = AluName | 'sdiv' | 'smod';
export type Width = 32 | 64;

/**
 * One eBPF instruction as plain data. `distance` counts slots from the one after the instruction;
 * imm64, map, map-value, btf-id and function take two slots, all others one.
 */
export type Instruction =
  | Alu
  | { readonly kind: 'neg'; readonly width: Width; readonly dst: Reg }
  /** Sign-extending move. 6.6. */
  | MoveSigned
  | Endian
  | { readonly kind: 'imm64'; readonly dst: Reg; readonly value: bigint }
  | { readonly kind: 'map'; readonly dst: Reg; readonly fd: number }
  | { readonly kind: 'map-value'; readonly dst: Reg; readonly fd: number; readonly offset: number }
  /** Address of a kernel variable by BTF id; `module` is the fd of its module's BTF, 0 for vmlinux. 5.10. */
  | { readonly kind: 'btf-id'; readonly dst: Reg; readonly id: number; readonly module: number }
  | { readonly kind: 'function'; readonly dst: Reg; readonly distance: number }
  | Load
  | Store
  | Atomic
  | { readonly kind: 'jump'; readonly distance: number }
  /** gotol: a jump with a 32-bit distance. 6.6. */
  | { readonly kind: 'jump-far'; readonly distance: number }
  | Branch
  | { readonly kind: 'call'; readonly helper: number }
  | { readonly kind: 'call-local'; readonly distance: number }
  /** Kernel function by BTF id; `module` is an index into the program's fd_array, 0 for vmlinux. 5.13. */
  | { readonly kind: 'call-kernel'; readonly id: number; readonly module: number }
  | { readonly kind: 'exit' };

export type InstructionKind = Instruction['kind'];
export type InstructionOf<K extends InstructionKind> = Extract<Instruction, { kind: K }>;

interface Alu {
  readonly kind: 'alu';
  readonly width: Width;
  readonly op: Operator;
  readonly dst: Reg;
  readonly src: Reg | number;
}

interface MoveSigned {
  readonly kind: 'movsx';
  readonly width: Width;
  readonly dst: Reg;
  readonly src: Reg;
  readonly bits: 8 | 16 | 32;
}

interface Endian {
  readonly kind: 'endian';
  /** 'swap' always swaps and needs 6.6; the others do nothing on a machine that has that order. */
  readonly to: 'big' | 'little' | 'swap';
  readonly bits: 16 | 32 | 64;
  readonly dst: Reg;
}

interface Load {
  readonly kind: 'load';
  readonly size: SizeName;
  readonly signed: boolean;
  readonly dst: Reg;
  readonly base: Reg;
  readonly offset: number;
}

interface Store {
  readonly kind: 'store';
  readonly size: SizeName;
  readonly base: Reg;
  readonly offset: number;
  readonly src: Reg | number;
}

interface Atomic {
  readonly kind: 'atomic';
  readonly op: AtomicName;
  readonly size: 'u32' | 'u64';
  readonly base: Reg;
  readonly offset: number;
  readonly src: Reg;
}

interface Branch {
  readonly kind: 'branch';
  readonly width: Width;
  readonly left: Reg;
  readonly cond: JumpName;
  readonly right: Reg | number;
  readonly distance: number;
}
