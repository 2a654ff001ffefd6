// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { Program } from '../../asm/index.ts';
import type { FieldPlace } from '../../btf/index.ts';
import { adoptHead, writeLineage } from './adopt.ts';
import { type ArgumentSource, takeArguments } from './arguments.ts';
import { savePending } from './follow.ts';
import { TRACKED_AT } from './maps.ts';
import { writeHop } from './write-hop.ts';
import { ENTRY, type ProbeNumber, SKB, SLOT, TraceProgram, type TraceWriting } from './writer.ts';

/** At the entry of a function that will make new bytes for the packet: remembers the call. `hops`: shows itself as well. */
export function rememberProgram(
  shared: TraceWriting,
  name: string,
  source: ArgumentSource,
  number: ProbeNumber,
  hops: boolean,
): Program {
  const program = new TraceProgram(name, shared, number, 'entry');
  findPacket(program, source);
  if (hops) showItself(program);
  savePending(program);
  return program.finish();
}

/** At ip_fraglist_prepare(skb, iter): iter->frag goes out next, with bytes of its own. */
export function fragmentProgram(
  shared: TraceWriting,
  name: string,
  source: ArgumentSource,
  next: FieldPlace,
  number: ProbeNumber,
  hops: boolean,
): Program {
  const program = new TraceProgram(name, shared, number, 'entry');
  const { asm } = program;
  findPacket(program, source);
  if (hops) showItself(program);
  else program.findNumber();
  asm.load('u64', 'r1', 'r10', SLOT.ctx).load('u64', 'r1', 'r1', shared.registers!.arguments[1]!);
  program.follow('r8', 'r1', next);
  asm.jumpIf('r8', '==', 0, program.out);
  adoptHead(program, 'r8');
  writeLineage(program, 'fragment', 'r8', { trail: SLOT.trail, skb: SKB });
  return program.finish();
}

/** The function's own hop, of SKB. */
export function showItself(program: TraceProgram): void {
  program.findNumber();
  writeHop(program);
}

/** SKB, its window, ENTRY and SLOT.trail of a packet that is followed; leaves otherwise. */
function findPacket(program: TraceProgram, source: ArgumentSource): void {
  program.leaveWhenIdle();
  takeArguments(program, source);
  program.readWindow();
  program.findEntry(program.out);
  program.asm.load('u32', 'r1', ENTRY, TRACKED_AT.trail).store('u32', 'r10', SLOT.trail, 'r1');
}
