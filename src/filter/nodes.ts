import { CBPF, type Cbpf, type CbpfInsn, isConditional, isReturn } from './cbpf.ts';
import { type Item, newTarget, type Target } from './layout.ts';

/** An instruction with where it leads: both ways of a branch, the same twice of all others. */
export interface Node {
  insn: CbpfInsn;
  yes: number;
  no: number;
}

export function nodesOf(insns: Cbpf): Node[] {
  return insns.map((insn, at) => {
    if (isReturn(insn)) return { insn, yes: at, no: at };
    if (isConditional(insn)) return { insn, yes: at + 1 + insn.jt, no: at + 1 + insn.jf };
    const next = insn.code === CBPF.ja ? at + 1 + (insn.k | 0) : at + 1;
    return { insn, yes: next, no: next };
  });
}

export function isJump(insn: CbpfInsn): boolean {
  return isConditional(insn) || insn.code === CBPF.ja;
}

/** Does every jump go forward? */
export function goesForward(nodes: readonly Node[]): boolean {
  return nodes.every(({ insn, yes, no }, at) => isReturn(insn) || (yes > at && no > at));
}

/** What can be reached from `start`, in order. */
export function itemsOf(nodes: readonly Node[], start: number): Item[] {
  const targets = new Map<number, Target>([[start, newTarget()]]);
  const to = (at: number): Target => {
    const target = targets.get(at) ?? newTarget();
    targets.set(at, target);
    return target;
  };
  const items: Item[] = [];
  nodes.forEach((node, at) => {
    const here = targets.get(at);
    if (here) items.push({ kind: 'target', target: here }, ...itemOf(node, to));
  });
  return items.filter((item, at) => item.kind !== 'jump' || !comesNext(items, at, item.to));
}

/** Is the target placed before the next instruction? */
function comesNext(items: readonly Item[], at: number, target: Target): boolean {
  for (let next = at + 1; items[next]?.kind === 'target'; next++)
    if ((items[next] as { target: Target }).target === target) return true;
  return false;
}

function itemOf({ insn, yes, no }: Node, to: (at: number) => Target): Item[] {
  if (isReturn(insn)) return [{ kind: 'plain', insn }];
  const [first, second] = [to(yes), to(no)];
  if (!isJump(insn)) return [{ kind: 'plain', insn }];
  if (first === second) return [{ kind: 'jump', to: first }];
  return [{ kind: 'branch', code: insn.code, k: insn.k, yes: first, no: second }];
}
