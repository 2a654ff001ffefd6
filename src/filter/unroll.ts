import { CBPF, type Cbpf, type CbpfInsn, ret } from './cbpf.ts';

/** Extension headers that `protochain` follows before it gives up. */
export const LOOP_ROUNDS = 8;

/**
 * `protochain` compiles to backward jumps, which no verifier accepts without a bound. Each round becomes a copy of
 * the program; a backward jump enters the next copy, and out of the last one it rejects the packet.
 */
export function unroll(insns: Cbpf, rounds: number = LOOP_ROUNDS): Cbpf {
  if (!insns.some(jumpsBack)) return insns;
  const copies: CbpfInsn[] = [];
  for (let round = 0; round < rounds; round++)
    for (const insn of insns) copies.push(jumpsBack(insn) ? intoNextCopy(insn, insns.length) : insn);
  return [...copies, ...insns.map(() => ret(0))];
}

function jumpsBack(insn: CbpfInsn): boolean {
  return insn.code === CBPF.ja && (insn.k | 0) < 0;
}

function intoNextCopy(insn: CbpfInsn, length: number): CbpfInsn {
  return { ...insn, k: (insn.k + length) >>> 0 };
}
