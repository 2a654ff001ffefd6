// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { CPU_SLOT, CPU_SLOTS, STATE_AT } from './maps.ts';
import { SKB, SLOT, type TraceProgram } from './writer.ts';

/** What a CPU remembers of the packet it dealt with last: released, inside GRO, received. */
export type CpuMemory = 'released' | 'entered' | 'received';

/** r8 = this CPU's place for it. r0 to r5 are lost. */
export function findCpuSlot({ asm, shared }: TraceProgram, memory: CpuMemory): void {
  asm
    .call('get_smp_processor_id')
    .mov32('r8', 'r0')
    .and('r8', CPU_SLOTS - 1)
    .lsh('r8', Math.log2(CPU_SLOT.bytes));
  asm.mapValue('r1', shared.maps.state, STATE_AT[memory]).add('r8', 'r1');
}

/** SKB, SLOT.head and SLOT.trail go there. */
export function rememberOnCpu(program: TraceProgram, memory: CpuMemory): void {
  const { asm } = program;
  const { at } = CPU_SLOT;
  findCpuSlot(program, memory);
  asm.store('u64', 'r8', at.skb, SKB).load('u64', 'r1', 'r10', SLOT.head);
  asm.store('u64', 'r8', at.head, 'r1').load('u32', 'r1', 'r10', SLOT.trail);
  asm.store('u64', 'r8', at.trail, 'r1');
}

/** What was there is another packet's business by now. */
export function forgetOnCpu(program: TraceProgram, memory: CpuMemory): void {
  findCpuSlot(program, memory);
  program.asm.store('u64', 'r8', CPU_SLOT.at.skb, 0);
}
