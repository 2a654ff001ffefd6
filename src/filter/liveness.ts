import { CBPF, CBPF_X, type CbpfInsn, CLASS_ALU, CLASS_MASK, isConditional, isReturn } from './cbpf.ts';
import { alwaysRejects, ancillaryOf, packetLoadOf } from './loads.ts';
import type { Node } from './nodes.ts';

/** A set of A, X and the words of M[], a bit each. */
export type Places = number;

export const A_PLACE: Places = 1;
export const X_PLACE: Places = 2;
const NONE: Places = 0;

function word(k: number): Places {
  return 4 << k;
}

interface Effect {
  readonly uses: (k: number) => Places;
  readonly sets: (k: number) => Places;
}

const effect = (uses: Places, sets: Places): Effect => ({ uses: () => uses, sets: () => sets });

const EFFECTS: Readonly<Record<number, Effect>> = {
  [CBPF.ldImm]: effect(NONE, A_PLACE),
  [CBPF.ldLen]: effect(NONE, A_PLACE),
  [CBPF.txa]: effect(X_PLACE, A_PLACE),
  [CBPF.ldxImm]: effect(NONE, X_PLACE),
  [CBPF.ldxLen]: effect(NONE, X_PLACE),
  [CBPF.tax]: effect(A_PLACE, X_PLACE),
  [CBPF.retA]: effect(A_PLACE, NONE),
  [CBPF.retK]: effect(NONE, NONE),
  [CBPF.ja]: effect(NONE, NONE),
  [CBPF.ldMem]: { uses: word, sets: () => A_PLACE },
  [CBPF.ldxMem]: { uses: word, sets: () => X_PLACE },
  [CBPF.st]: { uses: () => A_PLACE, sets: word },
  [CBPF.stx]: { uses: () => X_PLACE, sets: word },
};

/** What an instruction reads. */
export function usesOf(insn: CbpfInsn): Places {
  // XOR of the kernel's facts with X: libpcap never makes it, but it may come from elsewhere.
  if (ancillaryOf(insn)) return A_PLACE | X_PLACE;
  const load = packetLoadOf(insn);
  if (load) return load.fromX ? X_PLACE : NONE;
  if (isOperation(insn)) return A_PLACE | (insn.code !== CBPF.neg && insn.code & CBPF_X ? X_PLACE : NONE);
  return EFFECTS[insn.code]?.uses(insn.k) ?? NONE;
}

function isOperation(insn: CbpfInsn): boolean {
  return (insn.code & CLASS_MASK) === CLASS_ALU || isConditional(insn);
}

/** What it writes, whatever was there before. */
export function setsOf(insn: CbpfInsn): Places {
  if (ancillaryOf(insn)) return NONE;
  if (packetLoadOf(insn)) return insn.code === CBPF.ldxMsh ? X_PLACE : A_PLACE;
  if ((insn.code & CLASS_MASK) === CLASS_ALU) return A_PLACE;
  return EFFECTS[insn.code]?.sets(insn.k) ?? NONE;
}

/** What is read later on, before each instruction. */
export function livenessOf(nodes: readonly Node[]): Places[] {
  const live: Places[] = [];
  for (let at = nodes.length - 1; at >= 0; at--)
    live[at] = usesOf(nodes[at]!.insn) | (liveAfter(nodes[at]!, live) & ~setsOf(nodes[at]!.insn));
  return live;
}

export function liveAfter({ insn, yes, no }: Node, live: readonly Places[]): Places {
  return isReturn(insn) ? NONE : live[yes]! | live[no]!;
}

/** Does it nothing but write what nobody reads? Packet loads do more: they reject short packets. */
export function isUseless(insn: CbpfInsn, after: Places): boolean {
  const sets = setsOf(insn);
  if (sets === NONE || (sets & after) !== 0 || packetLoadOf(insn) || alwaysRejects(insn)) return false;
  return insn.code !== CBPF.div + CBPF_X && insn.code !== CBPF.mod + CBPF_X;
}
