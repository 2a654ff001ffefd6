import { CBPF } from './cbpf.ts';
import type { Facts } from './facts.ts';
import { type Places, setsOf, usesOf, X_PLACE } from './liveness.ts';
import { FURTHEST, packetLoadOf } from './loads.ts';
import { isJump, type Node } from './nodes.ts';

/**
 * libpcap adds a constant to a header's length and moves the sum to X for one load: the constant may as well be in the
 * load. `tax` at `at` is no longer needed when this returns true.
 */
export function foldOffset(
  nodes: readonly Node[],
  live: readonly Places[],
  at: number,
  facts: Facts,
): boolean {
  const offset = offsetOf(facts);
  if (offset === undefined) return false;
  const loads = loadsFromX(nodes, live, at);
  if (loads?.some(node => node.insn.k + offset > FURTHEST) !== false) return false;
  for (const node of loads) node.insn = { ...node.insn, k: node.insn.k + offset };
  return true;
}

/** What A has more than X, when X is the length of a header: no sum then wraps around. */
function offsetOf({ a, x }: Facts): number | undefined {
  const sum = `${x};${CBPF.add}:`;
  if (!x.startsWith(`${CBPF.ldxMsh}:`) || x.includes(';') || !a.startsWith(sum)) return undefined;
  const offset = Number(a.slice(sum.length));
  return Number.isInteger(offset) && offset <= FURTHEST ? offset : undefined;
}

/** The loads that take their offset from this X; undefined when it is used in another way, or from elsewhere. */
function loadsFromX(nodes: readonly Node[], live: readonly Places[], tax: number): Node[] | undefined {
  const elsewhere = new Set(nodes.flatMap(({ insn, yes, no }) => (isJump(insn) ? [yes, no] : [])));
  const loads: Node[] = [];
  for (let at = tax + 1; (live[at]! & X_PLACE) !== 0; at++) {
    const node = nodes[at]!;
    if (elsewhere.has(at) || isJump(node.insn)) return undefined;
    if (packetLoadOf(node.insn)?.fromX) loads.push(node);
    else if (usesOf(node.insn) & X_PLACE) return undefined;
    if (setsOf(node.insn) & X_PLACE) return loads;
  }
  return loads;
}
