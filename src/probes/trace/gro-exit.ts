// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { label, type Program } from '../../asm/index.ts';
import { writeLineage } from './adopt.ts';
import { findCpuSlot } from './cpu-slot.ts';
import { CPU_SLOT, TRACKED_AT } from './maps.ts';
import { dropEntry } from './release.ts';
import { ENTRY, SKB, SLOT, TraceProgram, type TraceWriting } from './writer.ts';

/** GRO_MERGED and GRO_MERGED_FREE: the packet is a part of another from now on. Those above: it was kept or passed on. */
const LAST_MERGED = 1;

/**
 * At napi_gro_receive_exit(result), which is not told what packet it speaks of: ends what was merged, whose memory may be
 * another packet's soon.
 */
export function groExitProgram(shared: TraceWriting, name: string, number: number): Program {
  const program = new TraceProgram(`tp_${name}`, shared, { kind: 'constant', value: number }, 'tracepoint');
  const { asm } = program;
  const merged = label('merged');
  program.leaveWhenIdle();
  asm.load('u32', 'r9', 'r1', 0);
  findCpuSlot(program, 'entered');
  asm.load('u64', SKB, 'r8', CPU_SLOT.at.skb).jumpIf(SKB, '==', 0, program.out);
  asm.store('u64', 'r8', CPU_SLOT.at.skb, 0).jumpIf32('r9', '<=', LAST_MERGED, merged).jump(program.out);
  asm.place(merged).load('u64', 'r1', 'r8', CPU_SLOT.at.head).store('u64', 'r10', SLOT.head, 'r1');
  asm.load('u64', 'r9', 'r8', CPU_SLOT.at.trail).store('u32', 'r10', SLOT.trail, 'r9');
  program.lookUp(program.out);
  asm.load('u32', 'r1', ENTRY, TRACKED_AT.trail).jumpIf32('r1', '!=', 'r9', program.out);
  asm.store('u32', 'r10', SLOT.before, 0).mov('r8', 0);
  program.findNumber();
  writeLineage(program, 'merge', SKB, { trail: SLOT.before, skb: 'r8' });
  dropEntry(program, SKB);
  return program.finish();
}
