// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { Reg } from '../../abi/index.ts';
import { label } from '../../asm/index.ts';
import { LINEAGE_KIND, LINEAGE_RECORD, RECORD } from '../../events/index.ts';
import { KEY_BYTES, TRACKED_AT } from './maps.ts';
import { send } from './write-hop.ts';
import { SKB, SLOT, type TraceProgram } from './writer.ts';

const AT = LINEAGE_RECORD.at;

/**
 * Puts SLOT.head into the table under SLOT.trail, seen by no probe yet: its first hop is a look. Goes on with r0 = 0
 * when it is there. r0 to r5 are lost.
 */
export function insertEntry(program: TraceProgram, skb: Reg = SKB): void {
  const { asm, key } = program;
  const at = key - TRACKED_AT.key;
  const done = label('inserted');
  const kept = label('was_there');
  asm.load('u32', 'r1', 'r10', SLOT.trail).store('u32', 'r10', at + TRACKED_AT.trail, 'r1');
  asm.store('u32', 'r10', at + TRACKED_AT.flags, 0).store('u64', 'r10', at + TRACKED_AT.skb, skb);
  for (let byte = 0; byte < KEY_BYTES; byte += 8) asm.store('u64', 'r10', key + byte, 0);
  asm.call('ktime_get_ns').store('u64', 'r10', at + TRACKED_AT.firstSeen, 'r0');
  asm.store('u64', 'r10', at + TRACKED_AT.lastSeen, 'r0');
  update(program, at, 'noexist');
  asm.jumpIf('r0', '!=', 0, kept);
  program.count('tracked');
  asm.mov('r0', 0).jump(done).place(kept);
  update(program, at, 'any');
  asm.jumpIf('r0', '==', 0, done);
  program.count('notFollowed');
  asm.mov('r0', -1).place(done);
}

function update({ asm, shared }: TraceProgram, value: number, mode: 'any' | 'noexist'): void {
  asm.map('r1', shared.maps.tracked).mov('r2', 'r10').add('r2', SLOT.head).mov('r3', 'r10').add('r3', value);
  asm.mov('r4', mode === 'any' ? 0 : 1).call('map_update_elem');
}

/** SLOT.head = head of the sk_buff in `child`, and into the table with it; leaves when it has none. */
export function adoptHead(program: TraceProgram, child: Reg): void {
  const { asm, shared } = program;
  program.follow('r1', child, shared.places.head);
  asm.store('u64', 'r10', SLOT.head, 'r1').jumpIf('r1', '==', 0, program.out);
  insertEntry(program, child);
  asm.jumpIf('r0', '!=', 0, program.out);
}

/** Sends who came from whom; `parentTrail` and `parentSkb` are frame slots. */
export function writeLineage(
  program: TraceProgram,
  kind: keyof typeof LINEAGE_KIND,
  child: Reg,
  parent: { readonly trail: number; readonly skb: number | Reg },
): void {
  const { asm, record } = program;
  asm
    .store('u8', 'r10', record, RECORD.lineage)
    .store('u8', 'r10', record + AT.kind.offset, LINEAGE_KIND[kind]);
  asm.load('u32', 'r1', 'r10', SLOT.trail).store('u32', 'r10', record + AT.trail.offset, 'r1');
  asm.load('u32', 'r1', 'r10', parent.trail).store('u32', 'r10', record + AT.parent.offset, 'r1');
  asm.load('u32', 'r1', 'r10', SLOT.number).store('u32', 'r10', record + AT.function.offset, 'r1');
  asm.store('u64', 'r10', record + AT.skb.offset, child);
  if (typeof parent.skb === 'number') asm.load('u64', 'r1', 'r10', parent.skb);
  else asm.mov('r1', parent.skb);
  asm.store('u64', 'r10', record + AT.parentSkb.offset, 'r1');
  asm.call('get_smp_processor_id').store('u16', 'r10', record + AT.cpu.offset, 'r0');
  asm.call('ktime_get_ns').store('u64', 'r10', record + AT.time.offset, 'r0');
  send(program, LINEAGE_RECORD.size);
}
