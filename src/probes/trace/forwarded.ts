// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { type Label, label } from '../../asm/index.ts';
import { insertEntry, writeLineage } from './adopt.ts';
import { findCpuSlot } from './cpu-slot.ts';
import { CPU_SLOT, TRACKED_AT } from './maps.ts';
import { removeEntry } from './release.ts';
import { ENTRY, SKB, SLOT, type TraceProgram } from './writer.ts';

/**
 * For where no function can be probed, so that nothing tells when forwarding gives a packet other memory. Where a packet
 * leaves in memory that is not known: goes to `found` when it is the sk_buff that this CPU received last,
 * and has an interface that it came in by. Its trail goes on in the new memory.
 */
export function adoptForwarded(program: TraceProgram, found: Label): void {
  const { asm } = program;
  const no = label('not_forwarded');
  program.field('r1', 'iif');
  asm.jumpIf('r1', '==', 0, no);
  findCpuSlot(program, 'received');
  asm.load('u64', 'r1', 'r8', CPU_SLOT.at.skb).jumpIf('r1', '!=', SKB, no);
  asm.load('u64', 'r1', 'r8', CPU_SLOT.at.head).store('u64', 'r10', SLOT.head, 'r1');
  program.lookUp(no);
  asm.load('u64', 'r9', 'r8', CPU_SLOT.at.trail);
  asm.load('u32', 'r1', ENTRY, TRACKED_AT.trail).jumpIf32('r1', '!=', 'r9', no);
  asm.store('u32', 'r10', SLOT.trail, 'r1').store('u64', 'r8', CPU_SLOT.at.skb, 0);
  removeEntry(program, no);
  program.field('r1', 'head');
  asm.store('u64', 'r10', SLOT.head, 'r1');
  insertEntry(program);
  asm.jumpIf('r0', '!=', 0, program.out);
  program.lookUp(program.out);
  program.findNumber();
  writeLineage(program, 'realloc', SKB, { trail: SLOT.trail, skb: SKB });
  asm.jump(found).place(no);
}
