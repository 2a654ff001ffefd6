import { isReturn } from './cbpf.ts';
import { textOf } from './cbpf-text.ts';
import { A, type Emission, READABLE, X } from './emission.ts';
import { emitInsn } from './emit-insn.ts';
import type { Plan } from './plan.ts';
import { loadField, probeRead } from './skb-access.ts';

/** True when the outcome is the same for every packet: nothing has to be read. */
export function isConstant(plan: Plan): boolean {
  return isReturn(plan.insns[0]!);
}

/**
 * The filter itself. Before: the frame's `start` and `readable` are set and `copy` is filled.
 * Every path ends in one of the outcomes.
 */
export function emitBody(e: Emission): void {
  e.asm.load('u64', READABLE, 'r10', e.frame.readable).mov32(A, 0).mov32(X, 0);
  e.plan.memory.forEach((_, word) => {
    e.asm.store('u32', 'r10', e.frame.memory + word * 4, 0);
  });
  emitInsns(e);
  e.emitTails();
  if (e.isWanted(e.tooShort)) emitTooShort(e);
}

function emitInsns(e: Emission): void {
  let fallsInto = true;
  e.plan.insns.forEach((insn, at) => {
    if (!e.plan.reachable[at]) return;
    const jumpedTo = e.placeTarget(at);
    if (!jumpedTo && !fallsInto) return;
    e.asm.comment(`(${at}) ${textOf(insn, at)}`);
    fallsInto = emitInsn(e, insn, at);
  });
}

/** Bytes that the packet has but that are not in its linear part cannot be judged. */
function emitTooShort(e: Emission): void {
  const { asm, outcomes, frame, skb } = e;
  asm.place(e.tooShort);
  if (outcomes.unseen && skb) {
    const { dataLen } = skb.fields;
    if (skb.mode === 'direct') loadField(asm, 'r0', dataLen, skb.reg, 0);
    else {
      asm.mov('r3', skb.reg).add('r3', dataLen.offset);
      probeRead(asm, frame.scratch, 4, outcomes.noMatch);
      asm.load('u32', 'r0', 'r10', frame.scratch);
    }
    asm.jumpIf('r0', '!=', 0, outcomes.unseen);
  }
  asm.jump(outcomes.noMatch);
}
