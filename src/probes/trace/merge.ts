// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { label, type Program } from '../../asm/index.ts';
import { adoptHead, writeLineage } from './adopt.ts';
import { type ArgumentSource, takeArguments } from './arguments.ts';
import { savePending } from './follow.ts';
import { showItself } from './lineage.ts';
import { TRACKED_AT } from './maps.ts';
import { dropEntryWhenLast } from './release.ts';
import { COOKIE, JOIN_ROLES, type JoinRole } from './told.ts';
import { ENTRY, type ProbeNumber, SKB, SLOT, TraceProgram, type TraceWriting } from './writer.ts';

/** Of skb_gro_receive(held, skb): which one goes into the other. */
export const MERGED_ARGUMENT = 1;

/**
 * At functions that put packets together: a fragment waits for the others, what waits is one packet from now on
 * (followed or not), one packet is about to go into another. `roles`: several only where the attach cookie tells which.
 */
export function joinProgram(
  shared: TraceWriting,
  name: string,
  source: ArgumentSource,
  number: ProbeNumber,
  roles: readonly JoinRole[],
  hops: boolean,
): Program {
  const program = new TraceProgram(name, shared, number, 'entry');
  const { asm } = program;
  const unknown = label('not_followed');
  program.leaveWhenIdle();
  takeArguments(program, source);
  if (roles.length > 1)
    asm.load('u32', 'r9', 'r10', SLOT.told).rsh('r9', COOKIE.role).and('r9', COOKIE.roleMask);
  program.readWindow();
  asm.store('u32', 'r10', SLOT.trail, 0);
  program.findEntry(unknown);
  asm.load('u32', 'r1', ENTRY, TRACKED_AT.trail).store('u32', 'r10', SLOT.trail, 'r1');
  if (hops) showItself(program);
  asm.place(unknown);
  for (const role of roles) {
    const next = label(`not_${role}`);
    if (roles.length > 1) asm.jumpIf('r9', '!=', JOIN_ROLES.indexOf(role), next);
    ROLES[role](program);
    asm.jump(program.out).place(next);
  }
  return program.finish();
}

const ROLES: Readonly<Record<JoinRole, (program: TraceProgram) => void>> = {
  merge: rememberMerge,
  enqueue: program => {
    leaveUnlessFollowed(program);
    writeQueue(program, 'enqueue');
  },
  reassemble: program => writeQueue(program, 'reassemble'),
};

function leaveUnlessFollowed({ asm, out }: TraceProgram): void {
  asm.load('u32', 'r1', 'r10', SLOT.trail).jumpIf('r1', '==', 0, out);
}

/** Of skb_gro_receive(held, skb): which packet may go into which. */
function rememberMerge(program: TraceProgram): void {
  const { asm, shared } = program;
  const ready = label('held_known');
  leaveUnlessFollowed(program);
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
function writeQueue(program: TraceProgram, kind: 'enqueue' | 'reassemble'): void {
  const { asm, shared } = program;
  program.findNumber();
  asm.store('u32', 'r10', SLOT.before, 0);
  asm.load('u64', 'r8', 'r10', SLOT.ctx).load('u64', 'r8', 'r8', shared.registers!.arguments[0]!);
  writeLineage(program, kind, SKB, { trail: SLOT.before, skb: 'r8' });
}
