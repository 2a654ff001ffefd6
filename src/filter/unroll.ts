import { CBPF, type Cbpf, type CbpfInsn, ret } from './cbpf.ts';

/** Extension headers that each `protochain` follows before it gives up. */
const ROUNDS = 6;
/** Instructions that the copies may add up to: long expressions get fewer rounds. */
const LONGEST = 1024;

/**
 * `protochain` compiles to backward jumps, which no verifier accepts without a bound. Each round becomes a copy of
 * the program; a backward jump enters the next copy, and out of the last one it rejects the packet.
 */
export function unroll(insns: Cbpf): Cbpf {
  const rounds = roundsOf(insns);
  if (rounds === 0) return insns;
  const copies: CbpfInsn[] = [];
  for (let round = 0; round <= rounds; round++)
    for (const insn of insns) copies.push(jumpsBack(insn) ? intoNextCopy(insn, insns.length) : insn);
  return [...copies, ...insns.map(() => ret(0))];
}

/** Backward jumps that a packet may take; 0 for a program without any. */
export function roundsOf(insns: Cbpf): number {
  const loops = new Set(insns.flatMap((insn, at) => (jumpsBack(insn) ? [at + 1 + (insn.k | 0)] : [])));
  if (loops.size === 0) return 0;
  return Math.max(1, Math.min(ROUNDS * loops.size, Math.floor(LONGEST / insns.length) - 2));
}

function jumpsBack(insn: CbpfInsn): boolean {
  return insn.code === CBPF.ja && (insn.k | 0) < 0;
}

function intoNextCopy(insn: CbpfInsn, length: number): CbpfInsn {
  return { ...insn, k: (insn.k + length) >>> 0 };
}
