import { ACCEPT_ALL, CBPF, type Cbpf, type CbpfInsn, REJECT_ALL } from '../cbpf.ts';
import { type Item, insnOf, layOut, newTarget, type Target } from '../layout.ts';
import { simplify } from '../simplify.ts';
import type { Condition, Test } from './condition.ts';

const LOADS = {
  fixed: { 1: CBPF.ldByteAbs, 2: CBPF.ldHalfAbs, 4: CBPF.ldWordAbs },
  behindX: { 1: CBPF.ldByteInd, 2: CBPF.ldHalfInd, 4: CBPF.ldWordInd },
} as const;
const COMPARISONS = { eq: CBPF.jeq, gt: CBPF.jgt, ge: CBPF.jge, set: CBPF.jset } as const;
const EVERY_BIT = 0xffff_ffff;

/** A program that returns a match when the condition holds. */
export function generate(condition: Condition): Cbpf {
  if (typeof condition === 'boolean') return condition ? ACCEPT_ALL : REJECT_ALL;
  const [yes, no]: [Target, Target] = [newTarget(), newTarget()];
  const items: Item[] = [];
  write(items, condition, yes, no);
  items.push({ kind: 'target', target: yes }, plain(ACCEPT_ALL[0]!));
  items.push({ kind: 'target', target: no }, plain(REJECT_ALL[0]!));
  return simplify(layOut(items));
}

function plain(insn: CbpfInsn): Item {
  return { kind: 'plain', insn };
}

/** Goes to `yes` or `no`; both lie behind. */
function write(items: Item[], condition: Condition, yes: Target, no: Target): void {
  if (typeof condition === 'boolean') throw new TypeError('constants are folded before');
  if ('op' in condition) writeTest(items, condition, yes, no);
  else if (condition.kind === 'not') write(items, condition.of, no, yes);
  else writeGroup(items, condition, yes, no);
}

type Group = Extract<Condition, { kind: 'all' | 'any' }>;

function writeGroup(items: Item[], { kind, of }: Group, yes: Target, no: Target): void {
  for (const part of of.slice(0, -1)) {
    const next = newTarget();
    if (kind === 'all') write(items, part, next, no);
    else write(items, part, yes, next);
    items.push({ kind: 'target', target: next });
  }
  write(items, of.at(-1)!, yes, no);
}

function writeTest(items: Item[], test: Test, yes: Target, no: Target): void {
  const { bytes, at, behindIpv4, mask = EVERY_BIT, op, value } = test;
  if (behindIpv4 !== undefined) items.push(plain(insnOf(CBPF.ldxMsh, behindIpv4)));
  const load = behindIpv4 === undefined ? LOADS.fixed[bytes] : LOADS.behindX[bytes];
  items.push(plain(insnOf(load, at)));
  if (mask !== EVERY_BIT) items.push(plain(insnOf(CBPF.and, mask)));
  items.push({ kind: 'branch', code: COMPARISONS[op], k: value, yes, no });
}
