// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { label } from '../../asm/index.ts';
import { adoptHead, writeLineage } from './adopt.ts';
import { savePending } from './follow.ts';
import { TRACKED_AT } from './maps.ts';
import { dropEntryWhenLast } from './release.ts';
import { ENTRY, SKB, SLOT, type TraceProgram } from './writer.ts';

/** Of skb_gro_receive(held, skb): which one goes into the other. */
export const MERGED_ARGUMENT = 1;

/** Of skb_gro_receive(held, skb): which packet may go into which. */
export function rememberMerge(program: TraceProgram): void {
  const { asm, shared } = program;
  const ready = label('held_known');
  asm.load('u64', 'r8', 'r10', SLOT.ctx).load('u64', 'r8', 'r8', shared.registers!.arguments[0]!);
  asm.mov('r9', 0);
  program.follow('r1', 'r8', shared.places.head);
  asm.store('u64', 'r10', SLOT.head, 'r1');
  program.lookUp(ready);
  asm.load('u32', 'r9', ENTRY, TRACKED_AT.trail).place(ready);
  savePending(program, { shared: 'r9', head: 'r8' });
}

/**
 * At the return of skb_gro_receive; r8 = the held packet's trail, SLOT.head the held sk_buff. A held packet that is
 * not followed is from now on: it carries this one. The merged one's own bytes end here.
 */
export function endMerged(program: TraceProgram): void {
  const { asm } = program;
  const known = label('held_is_followed');
  asm.load('u32', 'r1', 'r10', SLOT.value).jumpIf('r1', '!=', 0, program.out);
  asm.load('u64', 'r9', 'r10', SLOT.head).store('u32', 'r10', SLOT.before, 'r8');
  asm.jumpIf('r8', '!=', 0, known).load('u32', 'r8', 'r10', SLOT.trail);
  asm.store('u32', 'r10', SLOT.before, 'r8');
  adoptHead(program, 'r9');
  asm.place(known);
  writeLineage(program, 'merge', SKB, { trail: SLOT.before, skb: 'r9' });
  program.readWindow();
  program.findEntry(program.out);
  dropEntryWhenLast(program);
}

/** Of inet_frag_queue_insert(queue, skb) and inet_frag_reasm_finish(queue, head): the queue stands for the parent. */
export function writeQueue(program: TraceProgram, kind: 'enqueue' | 'reassemble'): void {
  const { asm, shared } = program;
  program.findNumber();
  asm.store('u32', 'r10', SLOT.before, 0);
  asm.load('u64', 'r8', 'r10', SLOT.ctx).load('u64', 'r8', 'r8', shared.registers!.arguments[0]!);
  writeLineage(program, kind, SKB, { trail: SLOT.before, skb: 'r8' });
}
