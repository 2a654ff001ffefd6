// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { ETHERTYPES } from '../../abi/index.ts';
import { label, type Program } from '../../asm/index.ts';
import { emitFilter, filterStack, type PacketFilter, type SkbPlaces } from '../../filter/index.ts';
import { insertEntry, writeLineage } from './adopt.ts';
import { type ArgumentSource, takeArguments, takeCaller } from './arguments.ts';
import { KEY_AT } from './compare-look.ts';
import { forgetOnCpu, rememberOnCpu } from './cpu-slot.ts';
import { followPacket } from './follow.ts';
import { adoptForwarded } from './forwarded.ts';
import { type GateConditions, matchConditions } from './gate-conditions.ts';
import { matchInner } from './inner.ts';
import { STATE_AT, TRACKED_AT, TRACKED_FLAG } from './maps.ts';
import { dropEntry } from './release.ts';
import { ENTRY, type ProbeNumber, SKB, SLOT, TraceProgram, type TraceWriting } from './writer.ts';

export interface GateOptions {
  readonly name: string;
  readonly source: ArgumentSource;
  readonly number: ProbeNumber;
  /** `driver`: before GRO, and received once more after it. */
  readonly direction: 'driver' | 'receive' | 'output';
  /** Of TRACKED_FLAG, from here on. */
  readonly flags: number;
  readonly conditions: GateConditions;
  readonly filter: PacketFilter | null;
  /** Over what a tunnel carries. */
  readonly inner: PacketFilter | null;
  readonly filterPlaces: SkbPlaces;
  /** The end of every packet is seen (skb_release_data is probed): an entry always means the same packet. */
  readonly endsSeen: boolean;
}

const STACK_BYTES = 512;

/** Runs where packets enter: only here the filter decides; a packet that matches is followed from now on. */
export function gateProgram(shared: TraceWriting, options: GateOptions): Program {
  const { source, filter } = options;
  const kind = source.kind === 'tracepoint' ? 'tracepoint' : 'entry';
  const program = new TraceProgram(options.name, shared, options.number, kind);
  const { asm } = program;
  const unknown = label('not_followed');
  const match = label('matches');
  const found = label('followed');
  takeArguments(program, source);
  asm.store('u64', 'r10', SLOT.before, 0);
  program.leaveWhenIdleTo(unknown);
  program.readWindow();
  const moved = label('bytes_not_known');
  program.findEntry(moved);
  refuseStale(program, options, moved);
  asm.jump(found).place(moved);
  if (!options.endsSeen && options.direction === 'output') adoptForwarded(program, found);
  if (!options.endsSeen && options.direction === 'receive') forgetOnCpu(program, 'received');
  asm.place(unknown).comment('filter');
  if (filter) {
    const stack = { base: SLOT.free, size: STACK_BYTES + SLOT.free };
    if (filterStack(filter, options.filterPlaces) > stack.size)
      throw new RangeError('the filter needs too much stack');
    emitFilter(asm, filter, { skb: SKB, fields: options.filterPlaces, stack, match, noMatch: program.out });
  } else asm.jump(match);
  asm.place(match);
  program.readWindow();
  if (options.inner) matchInner(program, options.inner);
  matchConditions(program, options.conditions);
  begin(program, found);
  asm.place(found);
  asm.store('u32', ENTRY, TRACKED_AT.flags, options.flags);
  if (shared.callers && source.kind !== 'tracepoint') takeCaller(program);
  followPacket(program, { look: true, caller: shared.callers && source.kind !== 'tracepoint' });
  if (!options.endsSeen && options.direction === 'driver') rememberOnCpu(program, 'entered');
  if (!options.endsSeen && options.direction === 'receive') rememberOnCpu(program, 'received');
  return program.finish();
}

/** Goes to `unknown` when the entry belongs to another packet: one that had the same memory, or the same data. */
function refuseStale(program: TraceProgram, options: GateOptions, unknown: ReturnType<typeof label>): void {
  const { asm } = program;
  // Where every end is seen, only data sent again can meet an entry that is not its own: where it leaves its socket.
  if (options.endsSeen && options.source.kind === 'tracepoint') return;
  const current = label('same_packet');
  const stale = label('stale');
  program.field('r1', 'iif');
  if (options.endsSeen) asm.jumpIf('r1', '!=', 0, current);
  else refuseForwarded(program, current, stale);
  if (options.direction === 'output') refuseResent(program, options.endsSeen, current);
  else refuseReceivedAgain(program, current);
  asm.place(stale).load('u32', 'r1', ENTRY, TRACKED_AT.trail).store('u32', 'r10', SLOT.before, 'r1');
  asm.store('u32', 'r10', SLOT.trail, 'r1');
  program.findNumber();
  asm.load('u64', 'r8', ENTRY, TRACKED_AT.skb);
  asm.load('u32', 'r9', ENTRY, TRACKED_AT.flags);
  dropEntry(program, 'r8', !options.endsSeen);
  asm.and('r9', TRACKED_FLAG.received).jumpIf('r9', '==', 0, unknown).comment('only the memory is the same');
  asm.store('u64', 'r10', SLOT.before, 0).jump(unknown).place(current);
}

/** Received by some interface (r1, its index, is not 0), in another sk_buff than before, and nobody's clone. */
function refuseForwarded(
  program: TraceProgram,
  current: ReturnType<typeof label>,
  stale: ReturnType<typeof label>,
): void {
  const { asm } = program;
  const own = label('never_received');
  asm.jumpIf('r1', '==', 0, own).load('u64', 'r1', ENTRY, TRACKED_AT.skb);
  asm.jumpIf('r1', '==', SKB, current).jumpIf('r1', '==', 0, current);
  program.field('r1', 'cloned');
  asm.jumpIf('r1', '!=', 0, current).jump(stale).place(own);
}

/** Never received (iif is 0), owned by a socket, and in another sk_buff than before: sent anew by this machine. */
function refuseResent(program: TraceProgram, endsSeen: boolean, current: ReturnType<typeof label>): void {
  const { asm } = program;
  const other = label('another_skb');
  if (!endsSeen) refuseArp(program, other);
  program.field('r1', 'socket');
  asm.jumpIf('r1', '==', 0, current).load('u64', 'r1', ENTRY, TRACKED_AT.skb).jumpIf('r1', '!=', SKB, other);
  if (!endsSeen) {
    asm
      .load('u32', 'r1', ENTRY, TRACKED_AT.flags)
      .and('r1', TRACKED_FLAG.received)
      .jumpIf('r1', '!=', 0, other);
  }
  asm.jump(current).place(other);
}

/** An ARP message is made anew, without a socket, and never out of another packet. */
function refuseArp(program: TraceProgram, other: ReturnType<typeof label>): void {
  const { asm } = program;
  const notArp = label('not_arp');
  program.field('r1', 'protocol');
  asm.toBigEndian('r1', 16).jumpIf('r1', '!=', ETHERTYPES.arp, notArp);
  asm.load('u16', 'r1', ENTRY, TRACKED_AT.key + KEY_AT.protocol).toBigEndian('r1', 16);
  asm.jumpIf('r1', '!=', ETHERTYPES.arp, other).place(notArp);
}

/**
 * Received twice without having been sent in between, not deeper in its bytes (decapsulated), and no clone of a flood:
 * another packet.
 */
function refuseReceivedAgain(program: TraceProgram, current: ReturnType<typeof label>): void {
  const { asm } = program;
  asm
    .load('u32', 'r1', ENTRY, TRACKED_AT.flags)
    .and('r1', TRACKED_FLAG.received)
    .jumpIf('r1', '==', 0, current);
  program.field('r1', 'cloned');
  asm.jumpIf('r1', '!=', 0, current);
  program.field('r1', 'data');
  program.field('r2', 'head');
  asm
    .sub('r1', 'r2')
    .load('u16', 'r2', ENTRY, TRACKED_AT.key + KEY_AT.network)
    .jumpIf('r1', '>', 'r2', current);
}

/** A new trail for SLOT.head; ENTRY is its entry. */
function begin(program: TraceProgram, found: ReturnType<typeof label>): void {
  const { asm, shared } = program;
  program.field('r1', 'head');
  asm.comment('begin a trail').store('u64', 'r10', SLOT.head, 'r1');
  asm
    .mapValue('r1', shared.maps.state, STATE_AT.trails)
    .mov('r2', 1)
    .atomic('fetchAdd', 'u64', 'r1', 0, 'r2');
  asm.add('r2', 1).store('u32', 'r10', SLOT.trail, 'r2');
  insertEntry(program);
  asm.jumpIf('r0', '!=', 0, program.out);
  program.lookUp(program.out);
  asm.load('u32', 'r1', 'r10', SLOT.before).jumpIf('r1', '==', 0, found);
  program.findNumber();
  asm.mov('r8', 0);
  writeLineage(program, 'retransmit', SKB, { trail: SLOT.before, skb: 'r8' });
}
