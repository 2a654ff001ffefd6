/** Instruction encoding of eBPF (Documentation/bpf/standardization/instruction-set.rst, include/uapi/linux/bpf.h). */

export const CLASS = {
  ld: 0x00,
  ldx: 0x01,
  st: 0x02,
  stx: 0x03,
  alu: 0x04,
  jmp: 0x05,
  jmp32: 0x06,
  alu64: 0x07,
} as const;

export const ALU = {
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  div: 0x30,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  neg: 0x80,
  mod: 0x90,
  xor: 0xa0,
  mov: 0xb0,
  arsh: 0xc0,
  end: 0xd0,
} as const;
export type AluName = Exclude<keyof typeof ALU, 'neg' | 'end'>;

export const JUMP = {
  '==': 0x10,
  '>': 0x20,
  '>=': 0x30,
  '&': 0x40,
  '!=': 0x50,
  's>': 0x60,
  's>=': 0x70,
  '<': 0xa0,
  '<=': 0xb0,
  's<': 0xc0,
  's<=': 0xd0,
} as const;
export type JumpName = keyof typeof JUMP;
export const JUMP_ALWAYS = 0x00;
export const JUMP_CALL = 0x80;
export const JUMP_EXIT = 0x90;

/** Operand is a register (1) or the immediate (0). For ALU_END: to big-endian (1) or little-endian (0). */
export const SOURCE_REG = 0x08;

export const SIZE = { u32: 0x00, u16: 0x08, u8: 0x10, u64: 0x18 } as const;
export type SizeName = keyof typeof SIZE;
export const SIZE_BYTES = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;
/** The other way round: the load or store that moves so many bytes. */
export const SIZE_OF_BYTES: Readonly<Record<number, SizeName>> = { 1: 'u8', 2: 'u16', 4: 'u32', 8: 'u64' };

export const MODE = { imm: 0x00, abs: 0x20, ind: 0x40, mem: 0x60, memsx: 0x80, atomic: 0xc0 } as const;

/** Sub-operation of an atomic, carried in the immediate. BPF_FETCH (1) returns the old value in the source register. */
export const ATOMIC = {
  add: 0x00,
  or: 0x40,
  and: 0x50,
  xor: 0xa0,
  fetchAdd: 0x01,
  fetchOr: 0x41,
  fetchAnd: 0x51,
  fetchXor: 0xa1,
  exchange: 0xe1,
  compareExchange: 0xf1,
} as const;
export type AtomicName = keyof typeof ATOMIC;

/** src_reg of a 64-bit immediate load: what the immediate means. */
export const PSEUDO = { none: 0, mapFd: 1, mapValue: 2, btfId: 3, func: 4 } as const;
/** src_reg of a call: a helper, a function of this program, a kernel function by BTF id. */
export const CALL = { helper: 0, local: 1, kfunc: 2 } as const;

export const REGISTERS = {
  r0: 0,
  r1: 1,
  r2: 2,
  r3: 3,
  r4: 4,
  r5: 5,
  r6: 6,
  r7: 7,
  r8: 8,
  r9: 9,
  r10: 10,
} as const;
export type Reg = keyof typeof REGISTERS;

export const INSN_BYTES = 8;
