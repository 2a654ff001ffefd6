import { CBPF, type Cbpf, type CbpfInsn } from './cbpf.ts';

/** A place to jump to; `at` once it is known. */
export interface Target {
  at: number;
}

/** A piece of a program before jump distances are known. All jumps go forward. */
export type Item =
  | { readonly kind: 'plain'; readonly insn: CbpfInsn }
  | {
      readonly kind: 'branch';
      readonly code: number;
      readonly k: number;
      readonly yes: Target;
      readonly no: Target;
    }
  | { readonly kind: 'jump'; readonly to: Target }
  | { readonly kind: 'target'; readonly target: Target };

const FURTHEST = 255;

export function newTarget(): Target {
  return { at: -1 };
}

export function insnOf(code: number, k: number): CbpfInsn {
  return { code, jt: 0, jf: 0, k };
}

/** Branches reach 255 instructions; what would go further takes the long way, over a plain jump of its own. */
export function layOut(items: readonly Item[]): Cbpf {
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

/** Of a branch the plain jumps stand behind it, the one for `yes` first. */
function encode(item: Item, at: number, width: number): CbpfInsn[] {
  if (item.kind === 'target') return [];
  if (item.kind === 'plain') return [item.insn];
  if (item.kind === 'jump') return [insnOf(CBPF.ja, item.to.at - at - 1)];
  const { code, k, yes, no } = item;
  const farYes = isFar(yes, at) || width === 3;
  const farNo = width === 3 || (width === 2 && !farYes);
  const jumps = [...(farYes ? [yes] : []), ...(farNo ? [no] : [])];
  const jt = farYes ? 0 : yes.at - at - 1;
  const jf = farNo ? jumps.length - 1 : no.at - at - 1;
  return [{ code, k, jt, jf }, ...jumps.map((target, index) => insnOf(CBPF.ja, target.at - at - 2 - index))];
}
