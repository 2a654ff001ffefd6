import { ACCEPT_ALL, CBPF, type Cbpf, type CbpfInsn, REJECT_ALL } from '../cbpf.ts';
import type { Condition, Test } from './condition.ts';

/** A place to jump to; `at` once it is known. */
interface Target {
  at: number;
}

type Item =
  | { readonly kind: 'plain'; readonly insn: CbpfInsn }
  | {
      readonly kind: 'branch';
      readonly code: number;
      readonly k: number;
      readonly yes: Target;
      readonly no: Target;
    }
  | { readonly kind: 'target'; readonly target: Target };

const LOADS = {
  fixed: { 1: CBPF.ldByteAbs, 2: CBPF.ldHalfAbs, 4: CBPF.ldWordAbs },
  behindX: { 1: CBPF.ldByteInd, 2: CBPF.ldHalfInd, 4: CBPF.ldWordInd },
} as const;
const COMPARISONS = { eq: CBPF.jeq, gt: CBPF.jgt, ge: CBPF.jge, set: CBPF.jset } as const;
const EVERY_BIT = 0xffff_ffff;
const FURTHEST = 255;

/** A program that returns a match when the condition holds. */
export function generate(condition: Condition): Cbpf {
  if (typeof condition === 'boolean') return condition ? ACCEPT_ALL : REJECT_ALL;
  const [yes, no]: [Target, Target] = [{ at: -1 }, { at: -1 }];
  const items: Item[] = [];
  write(items, condition, yes, no);
  items.push({ kind: 'target', target: yes }, plain(ACCEPT_ALL[0]!));
  items.push({ kind: 'target', target: no }, plain(REJECT_ALL[0]!));
  return resolve(items);
}

function plain(insn: CbpfInsn): Item {
  return { kind: 'plain', insn };
}

/** Goes to `yes` or `no`; both lie behind. */
function write(items: Item[], condition: Condition, yes: Target, no: Target): void {
  if (typeof condition === 'boolean') throw new TypeError('constants are folded before');
  if ('op' in condition) writeTest(items, condition, yes, no);
  else if (condition.kind === 'not') write(items, condition.of, no, yes);
  else writeGroup(items, condition.kind, condition.of, yes, no);
}

function writeGroup(
  items: Item[],
  kind: 'all' | 'any',
  of: readonly Condition[],
  yes: Target,
  no: Target,
): void {
  for (const part of of.slice(0, -1)) {
    const next: Target = { at: -1 };
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

function insnOf(code: number, k: number): CbpfInsn {
  return { code, jt: 0, jf: 0, k };
}

/** Jumps reach 255 instructions; those that would go further take the long way over two plain jumps. */
function resolve(items: readonly Item[]): Cbpf {
  const long = new Set<Item>();
  for (;;) {
    const addresses = place(items, long);
    const far = items.filter((item, index) => !long.has(item) && isFar(item, addresses[index]!));
    if (far.length === 0) return items.flatMap((item, index) => encode(item, addresses[index]!, long));
    for (const item of far) long.add(item);
  }
}

/** The address of each item, once targets know theirs. */
function place(items: readonly Item[], long: ReadonlySet<Item>): number[] {
  let at = 0;
  return items.map(item => {
    const here = at;
    if (item.kind === 'target') item.target.at = at;
    else at += long.has(item) ? 3 : 1;
    return here;
  });
}

function isFar(item: Item, at: number): boolean {
  if (item.kind !== 'branch') return false;
  return Math.max(item.yes.at, item.no.at) - at - 1 > FURTHEST;
}

function encode(item: Item, at: number, long: ReadonlySet<Item>): CbpfInsn[] {
  if (item.kind === 'target') return [];
  if (item.kind === 'plain') return [item.insn];
  const { code, k, yes, no } = item;
  if (!long.has(item)) return [{ code, k, jt: yes.at - at - 1, jf: no.at - at - 1 }];
  return [{ code, k, jt: 0, jf: 1 }, insnOf(CBPF.ja, yes.at - at - 2), insnOf(CBPF.ja, no.at - at - 3)];
}
