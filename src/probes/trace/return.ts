// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { label, type Program } from '../../asm/index.ts';
import { adoptHead, insertEntry, writeLineage } from './adopt.ts';
import { PENDING_AT } from './maps.ts';
import { endMerged } from './merge.ts';
import { playRole } from './play-role.ts';
import { removeEntry } from './release.ts';
import { COOKIE, RETURN_ROLES } from './told.ts';
import { writeHop } from './write-hop.ts';
import { ENTRY, type ProbeNumber, SKB, SLOT, TraceProgram, type TraceWriting } from './writer.ts';

export type ReturnRole = 'verdict' | 'expand' | 'copy' | 'cut' | 'segment' | 'merge';

/** Segments of one GSO packet that are followed. */
const MOST_SEGMENTS = 64;
/** Pointers above this are errors (include/linux/err.h). */
const MAX_ERRNO = 4095;

/**
 * Runs when a function that a followed packet went into comes back: shows its answer, or adopts what it made.
 * `roles`: several only where the attach cookie tells which.
 */
export function returnProgram(
  shared: TraceWriting,
  name: string,
  roles: readonly ReturnRole[],
  number: ProbeNumber,
): Program {
  const program = new TraceProgram(name, shared, number, 'return');
  program.leaveWhenIdle();
  if (number.kind === 'told') takeCookie(program);
  findCall(program);
  program.findNumber();
  playRole(program, roles, RETURN_ROLES, ROLES);
  return program.finish();
}

/** SLOT.number, and r9 = the role's number. */
function takeCookie({ asm }: TraceProgram): void {
  asm.store('u64', 'r10', SLOT.ctx, 'r1').call('get_attach_cookie').mov('r9', 'r0').rsh('r9', COOKIE.role);
  asm.and('r0', COOKIE.numberMask).store('u32', 'r10', SLOT.number, 'r0').load('u64', 'r1', 'r10', SLOT.ctx);
}

/** Takes the call out of those under way: SKB, SLOT.trail, SLOT.head as they were; SLOT.value is the answer. */
function findCall(program: TraceProgram): void {
  const { asm, shared } = program;
  const registers = shared.registers!;
  asm.store('u64', 'r10', SLOT.ctx, 'r1').load('u64', 'r2', 'r1', registers.returned);
  asm.store('u64', 'r10', SLOT.value, 'r2').load('u64', 'r2', 'r1', registers.stackPointer);
  asm.store('u64', 'r10', SLOT.stackKey, 'r2');
  asm.map('r1', shared.maps.pending).mov('r2', 'r10').add('r2', SLOT.stackKey).call('map_lookup_elem');
  asm.jumpIf('r0', '==', 0, program.out).mov(ENTRY, 'r0');
  asm.load('u32', 'r1', ENTRY, PENDING_AT.trail).store('u32', 'r10', SLOT.trail, 'r1');
  asm.store('u32', 'r10', SLOT.before, 'r1').load('u64', SKB, ENTRY, PENDING_AT.skb);
  asm.load('u64', 'r1', ENTRY, PENDING_AT.head).store('u64', 'r10', SLOT.head, 'r1');
  asm.load('u32', 'r8', ENTRY, PENDING_AT.shared);
  asm.map('r1', shared.maps.pending).mov('r2', 'r10').add('r2', SLOT.stackKey).call('map_delete_elem');
}

const ROLES: Readonly<Record<ReturnRole, (program: TraceProgram) => void>> = {
  verdict: program => writeHop(program, { value: true }),
  expand: adoptExpanded,
  copy: program => adoptCopy(program, 'copy'),
  cut: program => adoptCopy(program, 'fragment'),
  segment: adoptSegments,
  merge: endMerged,
};

/** pskb_expand_head gave the same sk_buff other bytes; r8: it shared the old ones, which then live on. */
function adoptExpanded(program: TraceProgram): void {
  const { asm, shared } = program;
  const alone = label('old_bytes_gone');
  asm.load('u32', 'r1', 'r10', SLOT.value).jumpIf('r1', '!=', 0, program.out);
  program.follow('r9', SKB, shared.places.head);
  asm.load('u64', 'r1', 'r10', SLOT.head).jumpIf('r1', '==', 'r9', program.out).jumpIf('r8', '==', 0, alone);
  asm.store('u64', 'r10', SLOT.head, 'r9');
  insertEntry(program);
  asm.jumpIf('r0', '!=', 0, program.out);
  writeLineage(program, 'realloc', SKB, { trail: SLOT.trail, skb: SKB });
  asm.jump(program.out).place(alone).comment('the entry moves to the new address');
  const gone = label('gone_already');
  removeEntry(program, gone);
  asm.place(gone).store('u64', 'r10', SLOT.head, 'r9');
  insertEntry(program);
}

function adoptCopy(program: TraceProgram, kind: 'copy' | 'fragment'): void {
  const { asm } = program;
  asm.load('u64', 'r8', 'r10', SLOT.value).jumpIf('r8', '==', 0, program.out);
  asm.mov('r1', -MAX_ERRNO - 1).jumpIf('r8', '>', 'r1', program.out);
  adoptHead(program, 'r8');
  writeLineage(program, kind, 'r8', { trail: SLOT.trail, skb: SKB });
}

function adoptSegments(program: TraceProgram): void {
  const { asm, shared } = program;
  const next = label('next_segment');
  asm.load('u64', 'r8', 'r10', SLOT.value).mov('r9', 0);
  asm.mov('r1', -MAX_ERRNO - 1).jumpIf('r8', '>', 'r1', program.out);
  asm.place(next).jumpIf('r8', '==', 0, program.out);
  adoptHead(program, 'r8');
  writeLineage(program, 'segment', 'r8', { trail: SLOT.trail, skb: SKB });
  program.follow('r8', 'r8', shared.places.next);
  asm.add('r9', 1).jumpIf('r9', '<', MOST_SEGMENTS, next);
}
