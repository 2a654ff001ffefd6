// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { Reg } from '../../abi/index.ts';
import { type Label, label, type Program } from '../../asm/index.ts';
import { RECORD, RELEASE_KIND, RELEASE_RECORD } from '../../events/index.ts';
import { type ArgumentSource, takeArguments } from './arguments.ts';
import { findCpuSlot, rememberOnCpu } from './cpu-slot.ts';
import { CPU_SLOT, TRACKED_AT } from './maps.ts';
import { send, writeHop } from './write-hop.ts';
import {
  ENTRY,
  type ProbeNumber,
  SKB,
  SLOT,
  type TraceProgram,
  type TraceWriting,
  TraceProgram as Writer,
} from './writer.ts';

const AT = RELEASE_RECORD.at;
/** dataref counts headerless users (TCP's own copies) in its upper half. */
const HEADERLESS = 0x10001;

/** At skb_release_data: ends the entry when this sk_buff is the last over its bytes. `hops`: shows itself as well. */
export function releaseProgram(
  shared: TraceWriting,
  name: string,
  source: ArgumentSource,
  number: ProbeNumber,
  hops: boolean,
): Program {
  const program = new Writer(name, shared, number, 'entry');
  program.leaveWhenIdle();
  takeArguments(program, source);
  program.readWindow();
  program.findEntry(program.out);
  program.asm.load('u32', 'r1', ENTRY, TRACKED_AT.trail).store('u32', 'r10', SLOT.trail, 'r1');
  program.findNumber();
  if (hops) {
    writeHop(program);
    rememberOnCpu(program, 'released');
  }
  dropEntryWhenLast(program);
  return program.finish();
}

/** At kfree_skbmem, right after skb_release_data on the same CPU: the table has forgotten the bytes by then. */
export function afterReleaseProgram(
  shared: TraceWriting,
  name: string,
  source: ArgumentSource,
  number: ProbeNumber,
): Program {
  const program = new Writer(name, shared, number, 'entry');
  const { asm } = program;
  takeArguments(program, source);
  findCpuSlot(program, 'released');
  asm.load('u64', 'r1', 'r8', CPU_SLOT.at.skb).jumpIf('r1', '!=', SKB, program.out);
  asm
    .store('u64', 'r8', CPU_SLOT.at.skb, 0)
    .load('u64', 'r1', 'r8', CPU_SLOT.at.trail)
    .store('u32', 'r10', SLOT.trail, 'r1');
  program.findNumber();
  writeHop(program);
  return program.finish();
}

/** Takes the entry out of the table if no other sk_buff shares the bytes; needs ENTRY, the window and SLOT.trail. */
export function dropEntryWhenLast(program: TraceProgram): void {
  const { asm, shared } = program;
  const last = label('last_user');
  const sharing = label('others_share');
  const plain = label('whole_reference');
  const another = label('not_the_latest');
  asm.load('u64', 'r1', ENTRY, TRACKED_AT.skb).jumpIf('r1', '!=', SKB, another);
  asm.store('u64', ENTRY, TRACKED_AT.skb, 0).place(another).comment('who else uses the bytes');
  program.field('r1', 'cloned');
  asm.jumpIf('r1', '==', 0, last);
  program.field('r1', 'head');
  program.field('r2', 'end');
  asm.add('r1', 'r2');
  program.follow('r8', 'r1', shared.places.dataref);
  program.field('r2', 'nohdr');
  asm.jumpIf('r2', '==', 0, plain).jumpIf32('r8', '==', HEADERLESS, last).jump(sharing);
  asm.place(plain).jumpIf32('r8', '!=', 1, sharing).place(last);
  dropEntry(program, SKB);
  asm.place(sharing);
}

/**
 * Leaves, and forgets the entry, when the bytes belong to another packet by now: an sk_buff that was not the one to
 * expect, and is nobody's clone, did not get them from the packet that is followed.
 */
export function refuseReused(program: TraceProgram): void {
  const { asm } = program;
  const same = label('same_packet');
  asm.load('u64', 'r8', ENTRY, TRACKED_AT.skb).jumpIf('r8', '==', SKB, same).jumpIf('r8', '==', 0, same);
  program.field('r1', 'cloned');
  asm.jumpIf('r1', '!=', 0, same).comment('its memory is used again: the end was not seen');
  asm.load('u32', 'r1', ENTRY, TRACKED_AT.trail).store('u32', 'r10', SLOT.trail, 'r1');
  program.findNumber();
  dropEntry(program, 'r8', true);
  asm.jump(program.out).place(same);
}

/** Takes the entry of SLOT.head out of the table; goes to `missing` when it is not there. r0 to r5 are lost. */
export function removeEntry(program: TraceProgram, missing: Label): void {
  const { asm, shared } = program;
  asm.map('r1', shared.maps.tracked).mov('r2', 'r10').add('r2', SLOT.head).call('map_delete_elem');
  asm.jumpIf('r0', '!=', 0, missing);
  program.count('tracked', -1);
}

/** Takes the entry of SLOT.head out of the table and says so; `skb` had the bytes last. */
export function dropEntry(program: TraceProgram, skb: Reg, unseen: boolean = false): void {
  const { asm, record } = program;
  removeEntry(program, program.out);
  asm
    .store('u8', 'r10', record, RECORD.release)
    .store('u8', 'r10', record + AT.kind.offset, RELEASE_KIND[unseen ? 'unseen' : 'seen'])
    .load('u32', 'r1', 'r10', SLOT.trail);
  asm.store('u32', 'r10', record + AT.trail.offset, 'r1').store('u64', 'r10', record + AT.skb.offset, skb);
  asm.call('get_smp_processor_id').store('u16', 'r10', record + AT.cpu.offset, 'r0');
  asm.call('ktime_get_ns').store('u64', 'r10', record + AT.time.offset, 'r0');
  send(program, RELEASE_RECORD.size);
}
