import { CBPF, type Cbpf, CLASS_ALU, CLASS_MASK, isConditional, isReturn, REJECT_ALL } from './cbpf.ts';
import {
  type Facts,
  factsAfter,
  factsBehind,
  isKnownLoad,
  meetFacts,
  NOTHING_KNOWN,
  outcomeOf,
} from './facts.ts';
import { layOut } from './layout.ts';
import { A_PLACE, isUseless, liveAfter, livenessOf, type Places, X_PLACE } from './liveness.ts';
import { alwaysRejects } from './loads.ts';
import { goesForward, isJump, itemsOf, type Node, nodesOf } from './nodes.ts';
import { foldOffset } from './offset-in-x.ts';
import { mayMatch, planOf } from './plan.ts';
import { NOTHING, rewritten } from './rewrite.ts';

const MOST_PASSES = 16;

/**
 * The same program in fewer steps: constants are carried forward, a branch whose outcome is known on the way there is
 * gone past, and with it loads that were made before. The verdict stays the same for every packet, also for those that
 * are too short. Programs that jump back are left alone. libpcap's own optimizer is not used: that of 1.10 loses
 * comparisons ("host A or B and dst net N or (host A or C)" no longer finds C as the source).
 */
export function simplify(insns: Cbpf): Cbpf {
  const nodes = nodesOf(insns);
  if (!goesForward(nodes)) return insns;
  let start = 0;
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const flow: Flow = { nodes, live: livenessOf(nodes) };
    const first = shorten(flow, NOTHING_KNOWN, start);
    const changed = passOver(flow, first) || first !== start;
    start = first;
    if (!changed) break;
  }
  const shorter = layOut(itemsOf(nodes, start));
  return mayMatch(planOf(shorter)) ? shorter : REJECT_ALL;
}

interface Flow {
  readonly nodes: readonly Node[];
  readonly live: readonly Places[];
}

/** Once through the program, in order; true when something was changed. */
function passOver(flow: Flow, start: number): boolean {
  const entry: (Facts | undefined)[] = [];
  entry[start] = NOTHING_KNOWN;
  let changed = false;
  flow.nodes.forEach((node, at) => {
    const facts = entry[at];
    if (!facts || isReturn(node.insn) || alwaysRejects(node.insn)) return;
    changed = improve(flow, at, facts) || changed;
    // Also a branch whose two ways are one: the other must not stay behind.
    const oneWay = !isConditional(node.insn) || node.yes === node.no;
    for (const [way, after] of waysOut(node, facts)) {
      const to = isJump(node.insn) ? shorten(flow, after, node[way]) : node[way];
      changed ||= to !== node[way];
      node[way] = to;
      entry[to] = meetFacts(entry[to], after);
    }
    if (oneWay) node.no = node.yes;
  });
  return changed;
}

/** Replaces one instruction by a better one. */
function improve(flow: Flow, at: number, facts: Facts): boolean {
  const node = flow.nodes[at]!;
  const before = node.insn;
  node.insn = rewritten(before, facts);
  if (isUseless(node.insn, liveAfter(node, flow.live))) node.insn = NOTHING;
  if (node.insn.code === CBPF.tax && foldOffset(flow.nodes, flow.live, at, facts)) node.insn = NOTHING;
  return node.insn !== before && !(node.insn === NOTHING && before.code === CBPF.ja);
}

function waysOut({ insn, yes, no }: Node, facts: Facts): ['yes' | 'no', Facts][] {
  if (!isConditional(insn) || yes === no) return [['yes', factsAfterAny(insn, facts)]];
  return [
    ['yes', factsBehind(insn, facts, true)],
    ['no', factsBehind(insn, facts, false)],
  ];
}

function factsAfterAny(insn: Node['insn'], facts: Facts): Facts {
  return isConditional(insn) ? facts : factsAfter(insn, facts);
}

/** Where a jump to `target` may go at once: past what is known, up to where A and X hold what is wanted of them. */
function shorten({ nodes, live }: Flow, facts: Facts, target: number): number {
  let imagined = facts;
  let best = target;
  for (let at = target; ; ) {
    const node = nodes[at]!;
    const wanted = live[at]!;
    const suits =
      (imagined.a === facts.a || !(wanted & A_PLACE)) && (imagined.x === facts.x || !(wanted & X_PLACE));
    if (suits) best = at;
    const next = passed(node, imagined);
    if (next === undefined) return best;
    if (!isJump(node.insn)) imagined = factsAfter(node.insn, imagined);
    at = next;
  }
}

/** Where an instruction leads that need not be executed. */
function passed(node: Node, facts: Facts): number | undefined {
  const { insn, yes, no } = node;
  if (isReturn(insn) || alwaysRejects(insn)) return undefined;
  if (yes === no && isJump(insn)) return yes;
  if (isConditional(insn)) {
    const outcome = outcomeOf(insn, facts);
    return outcome === undefined ? undefined : outcome ? yes : no;
  }
  return isKnownLoad(insn, facts) || isImaginable(insn, facts) ? yes : undefined;
}

/** A calculation whose result has a name, with no effect but on A. */
function isImaginable(insn: Node['insn'], facts: Facts): boolean {
  if (insn.code === CBPF.ldImm || insn.code === CBPF.ldxImm) return true;
  return (insn.code & CLASS_MASK) === CLASS_ALU && factsAfter(insn, facts).a !== '';
}
