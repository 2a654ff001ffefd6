// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { type Label, label } from '../../asm/index.ts';
import { insertEntry, writeLineage } from './adopt.ts';
import { ENTERED_AT, RELEASED_SLOTS, STATE_AT, TRACKED_AT } from './maps.ts';
import { ENTRY, SKB, SLOT, type TraceProgram } from './writer.ts';

/**
 * For where no function can be probed, so that nothing tells when forwarding gives a packet other memory: after the hop
 * of one that is received, this CPU's place for it.
 */
export function rememberReceived(program: TraceProgram): void {
  const { asm } = program;
  findReceived(program);
  asm.store('u64', 'r8', ENTERED_AT.skb, SKB).load('u64', 'r1', 'r10', SLOT.head);
  asm.store('u64', 'r8', ENTERED_AT.head, 'r1').load('u32', 'r1', 'r10', SLOT.trail);
  asm.store('u64', 'r8', ENTERED_AT.trail, 'r1');
}

/** Another packet, which is not followed so far, is received. */
export function forgetReceived(program: TraceProgram): void {
  findReceived(program);
  program.asm.store('u64', 'r8', ENTERED_AT.skb, 0);
}

/**
 * Where a packet leaves in memory that is not known: goes to `found` when it is the sk_buff that this CPU received last,
 * and has an interface that it came in by. Its trail goes on in the new memory.
 */
export function adoptForwarded(program: TraceProgram, found: Label): void {
  const { asm, shared } = program;
  const no = label('not_forwarded');
  program.field('r1', 'iif');
  asm.jumpIf('r1', '==', 0, no);
  findReceived(program);
  asm.load('u64', 'r1', 'r8', ENTERED_AT.skb).jumpIf('r1', '!=', SKB, no);
  asm.load('u64', 'r1', 'r8', ENTERED_AT.head).store('u64', 'r10', SLOT.head, 'r1');
  program.lookUp(no);
  asm.load('u64', 'r9', 'r8', ENTERED_AT.trail);
  asm.load('u32', 'r1', ENTRY, TRACKED_AT.trail).jumpIf32('r1', '!=', 'r9', no);
  asm.store('u32', 'r10', SLOT.trail, 'r1').store('u64', 'r8', ENTERED_AT.skb, 0);
  asm.map('r1', shared.maps.tracked).mov('r2', 'r10').add('r2', SLOT.head).call('map_delete_elem');
  asm.jumpIf('r0', '!=', 0, no);
  program.count('tracked', -1);
  program.field('r1', 'head');
  asm.store('u64', 'r10', SLOT.head, 'r1');
  insertEntry(program);
  asm.jumpIf('r0', '!=', 0, program.out);
  program.lookUp(program.out);
  program.findNumber();
  writeLineage(program, 'realloc', SKB, { trail: SLOT.trail, skb: SKB });
  asm.jump(found).place(no);
}

/** r8 = this CPU's place for what it received last. */
function findReceived({ asm, shared }: TraceProgram): void {
  asm
    .call('get_smp_processor_id')
    .mov32('r8', 'r0')
    .and('r8', RELEASED_SLOTS - 1)
    .lsh('r8', 5);
  asm.mapValue('r1', shared.maps.state, STATE_AT.received).add('r8', 'r1');
}
