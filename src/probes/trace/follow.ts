// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { Reg } from '../../abi/index.ts';
import { label } from '../../asm/index.ts';
import { HOP_RECORD } from '../../events/index.ts';
import { compareLook } from './compare-look.ts';
import { PENDING_AT, TRACKED_AT } from './maps.ts';
import { COOKIE } from './told.ts';
import { type HopParts, writeHop } from './write-hop.ts';
import { writeLook } from './write-look.ts';
import { ENTRY, SKB, SLOT, type TraceProgram } from './writer.ts';

export interface FollowOptions extends HopParts {
  /** Compare the packet's bytes as well, not only what sk_buff says. */
  readonly look: boolean | 'told';
  /** The sk_buff ends here: it is not the one to expect next. */
  readonly last?: boolean;
  /** A return probe waits for the call. */
  readonly pending?: boolean | 'told';
}

/** What every follower does with a packet that it found: a look where something changed, then the hop. */
export function followPacket(program: TraceProgram, options: FollowOptions): void {
  const { asm } = program;
  const changed = label('changed');
  const hop = label('unchanged');
  asm.load('u32', 'r1', ENTRY, TRACKED_AT.trail).store('u32', 'r10', SLOT.trail, 'r1');
  if (!options.last) asm.store('u64', ENTRY, TRACKED_AT.skb, SKB);
  program.findNumber();
  compareLook(program, options.look, changed);
  asm.jump(hop).place(changed);
  writeLook(program);
  asm.place(hop);
  writeHop(program, options);
  // The reader's clock for idle entries; the record's time is this hop's.
  asm
    .load('u64', 'r1', 'r10', program.record + HOP_RECORD.at.time.offset)
    .store('u64', ENTRY, TRACKED_AT.lastSeen, 'r1');
  if (options.pending === 'told') saveTold(program);
  else if (options.pending) savePending(program);
}

function saveTold(program: TraceProgram): void {
  const nothing = label('no_return_probe');
  program.asm.load('u32', 'r1', 'r10', SLOT.told).and('r1', COOKIE.pending).jumpIf('r1', '==', 0, nothing);
  savePending(program);
  program.asm.place(nothing);
}

/**
 * Remembers the call under the stack pointer that its return will show. `instead`: what to keep where calls keep
 * whether the bytes are shared, and their address.
 */
export function savePending(program: TraceProgram, instead?: { shared: Reg; head: Reg }): void {
  const { asm, record, shared } = program;
  const registers = shared.registers!;
  asm.comment('call under way').load('u64', 'r1', 'r10', SLOT.ctx);
  asm.load('u64', 'r1', 'r1', registers.stackPointer).add('r1', registers.returnPops);
  asm.store('u64', 'r10', SLOT.stackKey, 'r1');
  asm.load('u32', 'r1', 'r10', SLOT.trail).store('u32', 'r10', record + PENDING_AT.trail, 'r1');
  if (!instead) program.field('r1', 'cloned');
  asm.store('u32', 'r10', record + PENDING_AT.shared, instead?.shared ?? 'r1');
  asm.store('u64', 'r10', record + PENDING_AT.skb, SKB);
  if (!instead) asm.load('u64', 'r1', 'r10', SLOT.head);
  asm.store('u64', 'r10', record + PENDING_AT.head, instead?.head ?? 'r1');
  asm.map('r1', shared.maps.pending).mov('r2', 'r10').add('r2', SLOT.stackKey);
  asm.mov('r3', 'r10').add('r3', record).mov('r4', 0).call('map_update_elem');
}
