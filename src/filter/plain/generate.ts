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

/** Goes to `yes` or `no`; both lie behind. `loaded`: what the test before left in A, when only it leads here. */
function write(items: Item[], condition: Condition, yes: Target, no: Target, loaded?: Test): void {
  if (typeof condition === 'boolean') throw new TypeError('constants are folded before');
  if ('op' in condition) writeTest(items, condition, yes, no, loaded);
  else if (condition.kind === 'not') write(items, condition.of, no, yes, loaded);
  else writeGroup(items, condition, yes, no, loaded);
}

type Group = Extract<Condition, { kind: 'all' | 'any' }>;

function writeGroup(items: Item[], { kind, of }: Group, yes: Target, no: Target, before?: Test): void {
  let loaded = before;
  for (const part of of.slice(0, -1)) {
    const next: Target = { at: -1 };
    if (kind === 'all') write(items, part, next, no, loaded);
    else write(items, part, yes, next, loaded);
    items.push({ kind: 'target', target: next });
    loaded = testOf(part);
  }
  write(items, of.at(-1)!, yes, no, loaded);
}

/** The only test in a condition, if it is one; then A holds what it loaded, whichever way it goes. */
function testOf(condition: Condition): Test | undefined {
  if (typeof condition === 'boolean') return undefined;
  if ('op' in condition) return condition;
  return condition.kind === 'not' ? testOf(condition.of) : undefined;
}

function writeTest(items: Item[], test: Test, yes: Target, no: Target, loaded?: Test): void {
  if (!loaded || !isSameLoad(loaded, test)) writeLoad(items, test);
  items.push({ kind: 'branch', code: COMPARISONS[test.op], k: test.value, yes, no });
}

function isSameLoad(a: Test, b: Test): boolean {
  return a.bytes === b.bytes && a.at === b.at && a.behindIpv4 === b.behindIpv4 && a.mask === b.mask;
}

function writeLoad(items: Item[], { bytes, at, behindIpv4, mask = EVERY_BIT }: Test): void {
  if (behindIpv4 !== undefined) items.push(plain(insnOf(CBPF.ldxMsh, behindIpv4)));
  const load = behindIpv4 === undefined ? LOADS.fixed[bytes] : LOADS.behindX[bytes];
  items.push(plain(insnOf(load, at)));
  if (mask !== EVERY_BIT) items.push(plain(insnOf(CBPF.and, mask)));
}

function insnOf(code: number, k: number): CbpfInsn {
  return { code, jt: 0, jf: 0, k };
}

/** Jumps reach 255 instructions; what would go further takes the long way, over a plain jump of its own. */
function resolve(items: readonly Item[]): Cbpf {
  const widths = items.map((item): number => (item.kind === 'target' ? 0 : 1));
  for (;;) {
    const addresses = place(items, widths);
    const needed = items.map((item, index) => Math.max(widths[index]!, widthAt(item, addresses[index]!)));
    if (needed.every((width, index) => width === widths[index]))
      return items.flatMap((item, index) => encode(item, addresses[index]!, widths[index]!));
    widths.splice(0, widths.length, ...needed);
  }
}

/** The address of each item, once targets know theirs. */
function place(items: readonly Item[], widths: readonly number[]): number[] {
  let at = 0;
  return items.map((item, index) => {
    const here = at;
    if (item.kind === 'target') item.target.at = at;
    at += widths[index]!;
    return here;
  });
}

function widthAt(item: Item, at: number): number {
  if (item.kind !== 'branch') return item.kind === 'target' ? 0 : 1;
  return 1 + Number(isFar(item.yes, at)) + Number(isFar(item.no, at));
}

function isFar(target: Target, at: number): boolean {
  return target.at - at - 1 > FURTHEST;
}

/** The plain jumps stand behind the branch, the one for `yes` first. */
function encode(item: Item, at: number, width: number): CbpfInsn[] {
  if (item.kind === 'target') return [];
  if (item.kind === 'plain') return [item.insn];
  const { code, k, yes, no } = item;
  const farYes = isFar(yes, at) || width === 3;
  const farNo = width === 3 || (width === 2 && !farYes);
  const jumps = [...(farYes ? [yes] : []), ...(farNo ? [no] : [])];
  const jt = farYes ? 0 : yes.at - at - 1;
  const jf = farNo ? jumps.length - 1 : no.at - at - 1;
  return [{ code, k, jt, jf }, ...jumps.map((target, index) => insnOf(CBPF.ja, target.at - at - 2 - index))];
}
