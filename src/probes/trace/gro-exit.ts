// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { label, type Program } from '../../asm/index.ts';
import { writeLineage } from './adopt.ts';
import { ENTERED_AT, RELEASED_SLOTS, STATE_AT, TRACKED_AT } from './maps.ts';
import { dropEntry } from './release.ts';
import { ENTRY, SKB, SLOT, TraceProgram, type TraceWriting } from './writer.ts';

/** GRO_MERGED and GRO_MERGED_FREE: the packet is a part of another from now on. Those above: it was kept or passed on. */
const LAST_MERGED = 1;

/** After the hop of a packet that enters GRO: napi_gro_receive_exit is not told which one it speaks of. */
export function rememberEntered(program: TraceProgram): void {
  const { asm } = program;
  findEntered(program);
  asm.store('u64', 'r8', ENTERED_AT.skb, SKB).load('u64', 'r1', 'r10', SLOT.head);
  asm.store('u64', 'r8', ENTERED_AT.head, 'r1').load('u32', 'r1', 'r10', SLOT.trail);
  asm.store('u64', 'r8', ENTERED_AT.trail, 'r1');
}

/** At napi_gro_receive_exit(result): ends what was merged, whose memory may be another packet's soon. */
export function groExitProgram(shared: TraceWriting, name: string, number: number): Program {
  const program = new TraceProgram(`tp_${name}`, shared, { kind: 'constant', value: number }, 'tracepoint');
  const { asm } = program;
  const merged = label('merged');
  program.leaveWhenIdle();
  asm.load('u32', 'r9', 'r1', 0);
  findEntered(program);
  asm.load('u64', SKB, 'r8', ENTERED_AT.skb).jumpIf(SKB, '==', 0, program.out);
  asm.store('u64', 'r8', ENTERED_AT.skb, 0).jumpIf32('r9', '<=', LAST_MERGED, merged).jump(program.out);
  asm.place(merged).load('u64', 'r1', 'r8', ENTERED_AT.head).store('u64', 'r10', SLOT.head, 'r1');
  asm.load('u64', 'r9', 'r8', ENTERED_AT.trail).store('u32', 'r10', SLOT.trail, 'r9');
  program.lookUp(program.out);
  asm.load('u32', 'r1', ENTRY, TRACKED_AT.trail).jumpIf32('r1', '!=', 'r9', program.out);
  asm.store('u32', 'r10', SLOT.before, 0).mov('r8', 0);
  program.findNumber();
  writeLineage(program, 'merge', SKB, { trail: SLOT.before, skb: 'r8' });
  dropEntry(program, SKB);
  return program.finish();
}

/** r8 = this CPU's place for the packet inside GRO. */
function findEntered({ asm, shared }: TraceProgram): void {
  asm
    .call('get_smp_processor_id')
    .mov32('r8', 'r0')
    .and('r8', RELEASED_SLOTS - 1)
    .lsh('r8', 5);
  asm.mapValue('r1', shared.maps.state, STATE_AT.entered).add('r8', 'r1');
}
