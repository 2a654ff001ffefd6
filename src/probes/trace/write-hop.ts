// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { RING_FLAGS, STACK_FLAGS } from '../../abi/index.ts';
import { label } from '../../asm/index.ts';
import { HOP_KIND, HOP_RECORD, RECORD, SHORT_HOP } from '../../events/index.ts';
import { ADDRESS_SHIFT, LOSS_COUNTERS, STATE_AT } from './maps.ts';
import { SKB, SLOT, type TraceProgram } from './writer.ts';

const AT = HOP_RECORD.at;

export interface HopParts {
  /** SLOT.value holds the return value or the drop reason. */
  readonly value?: boolean;
  /** SLOT.caller holds the return address. */
  readonly caller?: boolean;
}

/** Sends a hop of SKB; needs SLOT.trail and SLOT.number. r0 to r5 are lost. */
export function writeHop(program: TraceProgram, parts: HopParts = {}): void {
  const { asm, record, shared } = program;
  asm.comment('hop').store('u8', 'r10', record + AT.record.offset, RECORD.hop);
  asm.store('u8', 'r10', record + AT.kind.offset, HOP_KIND[program.kind]);
  asm.load('u32', 'r1', 'r10', SLOT.trail).store('u32', 'r10', record + AT.trail.offset, 'r1');
  asm.load('u32', 'r1', 'r10', SLOT.number).store('u32', 'r10', record + AT.function.offset, 'r1');
  asm.store('u64', 'r10', record + AT.skb.offset, SKB);
  if (parts.value)
    asm.load('u32', 'r1', 'r10', SLOT.value).store('u32', 'r10', record + AT.value.offset, 'r1');
  else asm.store('u32', 'r10', record + AT.value.offset, 0);
  asm.store('u32', 'r10', record + AT.stack.offset, -1);
  if (shared.maps.stacks) writeStack(program);
  if (parts.caller)
    asm.load('u64', 'r1', 'r10', SLOT.caller).store('u64', 'r10', record + AT.caller.offset, 'r1');
  writeWhereAndWhen(program);
  send(program, parts.caller ? HOP_RECORD.size : SHORT_HOP);
}

function writeStack({ asm, shared, record }: TraceProgram): void {
  asm.load('u64', 'r1', 'r10', SLOT.ctx).map('r2', shared.maps.stacks!).mov('r3', STACK_FLAGS.fastCompare);
  asm.call('get_stackid').store('u32', 'r10', record + AT.stack.offset, 'r0');
}

function writeWhereAndWhen({ asm, record }: TraceProgram): void {
  asm.call('get_smp_processor_id').store('u16', 'r10', record + AT.cpu.offset, 'r0');
  asm
    .call('get_current_pid_tgid')
    .rsh('r0', 32)
    .store('u32', 'r10', record + AT.pid.offset, 'r0');
  asm.call('ktime_get_ns').store('u64', 'r10', record + AT.time.offset, 'r0');
}

/** Puts `size` bytes of the frame's record into the ring, or counts them as lost. */
export function send(program: TraceProgram, size: number): void {
  const { asm, record, shared } = program;
  const sent = label('sent');
  asm.map('r1', shared.maps.ring).mov('r2', 'r10').add('r2', record);
  asm.mov('r3', size).mov('r4', RING_FLAGS.noWakeup).call('ringbuf_output').jumpIf('r0', '==', 0, sent);
  countLoss(program);
  asm.place(sent);
}

/** One more record of this probe that found the ring full. */
export function countLoss(program: TraceProgram): void {
  program.count('lost');
  const { asm, shared, number } = program;
  asm.load('u32', 'r2', 'r10', SLOT.number);
  if (number.kind === 'address') asm.rsh('r2', ADDRESS_SHIFT);
  asm.and('r2', LOSS_COUNTERS - 1).lsh('r2', 2);
  asm.mapValue('r1', shared.maps.state, STATE_AT.lostByProbe).add('r1', 'r2').mov('r2', 1);
  asm.atomic('add', 'u32', 'r1', 0, 'r2');
}
