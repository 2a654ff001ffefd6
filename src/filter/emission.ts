import type { Reg } from '../abi/index.ts';
import { type Assembler, type Label, label } from '../asm/index.ts';
import { CBPF, isReturn } from './cbpf.ts';
import type { Frame } from './frame.ts';
import { isInCopy, type Plan } from './plan.ts';
import type { SkbAccess } from './skb-access.ts';

/** cBPF's accumulator and index register; always zero-extended to 64 bits. Helper calls destroy all of these. */
export const A: Reg = 'r0';
export const X: Reg = 'r1';
/** Linear bytes that can be read. */
export const READABLE: Reg = 'r2';
export const T: Reg = 'r3';
export const T2: Reg = 'r4';
export const T3: Reg = 'r5';

export interface Outcomes {
  readonly match: Label;
  readonly noMatch: Label;
  /** A load went past the linear bytes of a packet that has more, in fragments. Without it: noMatch. */
  readonly unseen?: Label;
}

/** One program on its way into the assembler. */
export class Emission {
  readonly asm: Assembler;
  readonly plan: Plan;
  readonly frame: Frame;
  readonly outcomes: Outcomes;
  /** Undefined where the filter runs over plain bytes. */
  readonly skb: SkbAccess | undefined;
  /** The packet may be seen with a tag put back: bytes below 16 then exist only in the copy. */
  readonly tagsInline: boolean;
  /** Where a load beyond the readable bytes goes. */
  readonly tooShort: Label = label('too_short');
  private readonly labels: readonly Label[];
  private readonly wanted: Set<Label> = new Set();
  private tails: (() => void)[] = [];

  constructor(
    asm: Assembler,
    plan: Plan,
    frame: Frame,
    outcomes: Outcomes,
    skb: SkbAccess | undefined,
    tagsInline: boolean,
  ) {
    this.asm = asm;
    this.plan = plan;
    this.frame = frame;
    this.outcomes = outcomes;
    this.skb = skb;
    this.tagsInline = tagsInline;
    this.labels = plan.insns.map((_, at) => label(`cbpf_${at}`));
  }

  /** Where instruction `at` continues; a constant return is its outcome itself. */
  target(at: number): Label {
    const insn = this.plan.insns[at]!;
    if (isReturn(insn) && insn.code === CBPF.retK)
      return insn.k ? this.outcomes.match : this.outcomes.noMatch;
    return this.want(this.labels[at]!);
  }

  /** Places the label of instruction `at`; false when nothing jumps there. */
  placeTarget(at: number): boolean {
    const here = this.labels[at]!;
    if (!this.wanted.has(here)) return false;
    this.asm.place(here);
    return true;
  }

  /** Marks a label as jumped to and gives it back: the verifier refuses code that nothing reaches. */
  want(target: Label): Label {
    this.wanted.add(target);
    return target;
  }

  isWanted(target: Label): boolean {
    return this.wanted.has(target);
  }

  /** Rarely taken code, written behind the program. It must end in a jump. */
  later(tail: () => void): void {
    this.tails.push(tail);
  }

  emitTails(): void {
    const { tails } = this;
    this.tails = [];
    for (const tail of tails) tail();
  }

  /** Leaves the program when fewer than `bytes` can be read, unless instruction `at` is known to have them. */
  require(at: number, bytes: number): void {
    if (this.plan.proven[at]! >= bytes) return;
    this.asm.jumpIf(READABLE, '<', bytes, this.want(this.tooShort));
  }

  isInCopy(offset: number, bytes: number): boolean {
    return isInCopy(this.plan, offset, bytes);
  }
}
