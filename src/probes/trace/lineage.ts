// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { label, type Program } from '../../asm/index.ts';
import type { FieldPlace } from '../../btf/index.ts';
import { adoptHead, writeLineage } from './adopt.ts';
import { type ArgumentSource, takeArguments } from './arguments.ts';
import { savePending } from './follow.ts';
import { TRACKED_AT } from './maps.ts';
import { rememberMerge, writeQueue } from './merge.ts';
import { playRole } from './play-role.ts';
import { COOKIE, LINEAGE_ROLES, type LineageRole } from './told.ts';
import { writeHop } from './write-hop.ts';
import { ENTRY, type ProbeNumber, SKB, SLOT, TraceProgram, type TraceWriting } from './writer.ts';

export interface LineageOptions {
  readonly name: string;
  readonly source: ArgumentSource;
  readonly number: ProbeNumber;
  /** Several only where the attach cookie tells which. */
  readonly roles: readonly LineageRole[];
  /** Shows itself as well. */
  readonly hops: boolean;
}

/**
 * At the entry of functions that make new bytes for a packet, or put packets together: the call is remembered for its
 * return, or what becomes of whom is told at once.
 */
export function lineageProgram(shared: TraceWriting, options: LineageOptions): Program {
  const { name, source, number, roles, hops } = options;
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
  program.findNumber();
  if (hops) writeHop(program);
  asm.place(unknown);
  playRole(program, roles, LINEAGE_ROLES, ROLES);
  return program.finish();
}

/** What is reassembled may be no packet that is followed; all others are. */
const ROLES: Readonly<Record<LineageRole, (program: TraceProgram) => void>> = {
  remember: ofFollowed(savePending),
  fragment4: ofFollowed(program => adoptFragment(program, program.shared.places.nextFragment4)),
  fragment6: ofFollowed(program => adoptFragment(program, program.shared.places.nextFragment6)),
  merge: ofFollowed(rememberMerge),
  enqueue: ofFollowed(program => writeQueue(program, 'enqueue')),
  reassemble: program => writeQueue(program, 'reassemble'),
};

function ofFollowed(part: (program: TraceProgram) => void): (program: TraceProgram) => void {
  return program => {
    program.asm.load('u32', 'r1', 'r10', SLOT.trail).jumpIf('r1', '==', 0, program.out);
    part(program);
  };
}

/** At ip_fraglist_prepare(skb, iter): the sk_buff in iter->frag goes out next, with bytes of its own. */
function adoptFragment(program: TraceProgram, next: FieldPlace | null): void {
  const { asm, shared } = program;
  if (next === null) return;
  asm.load('u64', 'r1', 'r10', SLOT.ctx).load('u64', 'r1', 'r1', shared.registers!.arguments[1]!);
  program.follow('r8', 'r1', next);
  asm.jumpIf('r8', '==', 0, program.out);
  adoptHead(program, 'r8');
  writeLineage(program, 'fragment', 'r8', { trail: SLOT.trail, skb: SKB });
}
