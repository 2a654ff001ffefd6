import { FilterSyntaxError } from '../base/index.ts';

/** One classic BPF instruction (struct sock_filter, struct bpf_insn of libpcap). `k` is 0..2^32-1. */
export interface CbpfInsn {
  readonly code: number;
  /** Instructions to skip when the condition holds / does not. */
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

export type Cbpf = readonly CbpfInsn[];

/** Whole opcodes (linux/bpf_common.h, linux/filter.h). Numbers are ABI. */
export const CBPF = {
  ldImm: 0x00,
  ldxImm: 0x01,
  st: 0x02,
  stx: 0x03,
  ldWordAbs: 0x20,
  ldHalfAbs: 0x28,
  ldByteAbs: 0x30,
  ldWordInd: 0x40,
  ldHalfInd: 0x48,
  ldByteInd: 0x50,
  ldMem: 0x60,
  ldxMem: 0x61,
  ldLen: 0x80,
  ldxLen: 0x81,
  ldxMsh: 0xb1,
  add: 0x04,
  sub: 0x14,
  mul: 0x24,
  div: 0x34,
  or: 0x44,
  and: 0x54,
  lsh: 0x64,
  rsh: 0x74,
  neg: 0x84,
  mod: 0x94,
  xor: 0xa4,
  ja: 0x05,
  jeq: 0x15,
  jgt: 0x25,
  jge: 0x35,
  jset: 0x45,
  retK: 0x06,
  retA: 0x16,
  tax: 0x07,
  txa: 0x87,
} as const;

/** Added to an ALU or JMP opcode: the operand is X and not k. */
export const CBPF_X = 0x08;
export const CLASS_MASK = 0x07;
export const CLASS_ALU = 0x04;
export const CLASS_JMP = 0x05;
export const CLASS_RET = 0x06;
export const MEMORY_WORDS = 16;
const INSN_BYTES = 8;

/** No packet, every packet. The number is how many bytes a capture would keep: any but 0 is a match. */
export const REJECT_ALL: Cbpf = [ret(0)];
export const ACCEPT_ALL: Cbpf = [ret(0xffff)];

export function ret(k: number): CbpfInsn {
  return { code: CBPF.retK, jt: 0, jf: 0, k };
}

/** Reads `bpf_insn`s as they lie in memory (little-endian). Throws RangeError when the length is no multiple of 8. */
export function parseCbpf(bytes: Uint8Array): CbpfInsn[] {
  if (bytes.byteLength % INSN_BYTES)
    throw new RangeError(`${bytes.byteLength} bytes are no whole number of 8-byte instructions`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / INSN_BYTES }, (_, index) => {
    const at = index * INSN_BYTES;
    return {
      code: view.getUint16(at, true),
      jt: view.getUint8(at + 2),
      jf: view.getUint8(at + 3),
      k: view.getUint32(at + 4, true),
    };
  });
}

/** The reverse of parseCbpf. */
export function encodeCbpf(insns: Cbpf): Uint8Array {
  const bytes = new Uint8Array(insns.length * INSN_BYTES);
  const view = new DataView(bytes.buffer);
  insns.forEach((insn, index) => {
    const at = index * INSN_BYTES;
    view.setUint16(at, insn.code, true);
    view.setUint8(at + 2, insn.jt);
    view.setUint8(at + 3, insn.jf);
    view.setUint32(at + 4, insn.k, true);
  });
  return bytes;
}

export function isReturn(insn: CbpfInsn): boolean {
  return (insn.code & CLASS_MASK) === CLASS_RET;
}

export function isConditional(insn: CbpfInsn): boolean {
  return (insn.code & CLASS_MASK) === CLASS_JMP && insn.code !== CBPF.ja;
}

/** Indexes that may run after instruction `at`. A jump outside the program throws. */
export function successorsOf(insns: Cbpf, at: number): number[] {
  const insn = insns[at]!;
  if (isReturn(insn)) return [];
  const next = nextOf(insn, at);
  for (const to of next)
    if (to < 0 || to >= insns.length)
      throw new FilterSyntaxError(`instruction ${at} leads outside the filter program (to ${to})`, '');
  return next;
}

function nextOf(insn: CbpfInsn, at: number): number[] {
  if (insn.code === CBPF.ja) return [at + 1 + (insn.k | 0)];
  if (isConditional(insn)) return [at + 1 + insn.jt, at + 1 + insn.jf];
  return [at + 1];
}
