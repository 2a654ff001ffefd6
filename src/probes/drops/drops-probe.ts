// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { MAP_FLAGS } from '../../abi/index.ts';
import { Assembler, type Blueprint, type Label, label, type MapSpec, type Program } from '../../asm/index.ts';
import { NetwhyError } from '../../base/index.ts';
import type { Btf } from '../../btf/index.ts';
import { COUNTER_LINE, DROP_COUNT_KEY } from '../../events/index.ts';
import { emitFilter, type PacketFilter, skbPlaces } from '../../filter/index.ts';
import { skbPlacesOf } from '../skb-places.ts';
import { emitCount } from './count-drop.ts';
import { type DropConditions, emitEarlyMatch, emitPlaceMatch } from './matchers.ts';
import { bump, FREE, findLine, findNamespace, SKB, SLOT } from './program.ts';
import { emitRecord } from './write-record.ts';

export interface DropsOptions extends DropConditions {
  /** Records through the ring buffer, or counts in a map. */
  readonly mode: 'records' | 'counts';
  /** Kernel frames kept per stack, the tracer's own few included; 0: no stacks. A frame costs about 100 ns. */
  readonly stackFrames: number;
  readonly filter?: PacketFilter;
  readonly possibleCpus: number;
  /** Bytes, a power of two. */
  readonly ringBytes: number;
}

export interface DropsProbe {
  readonly blueprint: Blueprint;
  readonly maps: {
    readonly counters: MapSpec;
    readonly ring: MapSpec | null;
    readonly counts: MapSpec | null;
    readonly stacks: MapSpec | null;
  };
  /** False before 5.17: records carry reason 0. */
  readonly hasReason: boolean;
}

const STACKS = 8192;
const COUNTS = 16_384;

/** The probe behind `netwhy drops`: one program on the kfree_skb tracepoint. 5.8 (ring buffer, BTF). */
export function dropsProbe(btf: Btf, options: DropsOptions): DropsProbe {
  const maps = mapsOf(options);
  const given = argumentsOf(btf);
  const code = assemble(btf, options, maps, given);
  const attach = { kind: 'tp-btf', tracepoint: 'kfree_skb' } as const;
  return {
    blueprint: {
      maps: Object.values(maps).filter(map => map !== null),
      programs: [{ name: 'netwhy_drops', attach, code, license: 'GPL' }],
    },
    maps,
    hasReason: given > REASON,
  };
}

/** Arguments of the tracepoint: kfree_skb(skb, location, reason since 5.17, rx_sk since 6.11). */
const REASON = 2;
const RECEIVER = 3;

/** How many of them this kernel gives. */
function argumentsOf(btf: Btf): number {
  const prototype = btf.tracepoint('kfree_skb');
  if (!prototype)
    throw new NetwhyError('this kernel has no kfree_skb tracepoint', 'CONFIG_TRACEPOINTS brings it');
  return prototype.params.length;
}

function mapsOf(options: DropsOptions): DropsProbe['maps'] {
  const lines = 2 ** Math.ceil(Math.log2(Math.max(1, options.possibleCpus)));
  const records = options.mode === 'records';
  const count = { keySize: DROP_COUNT_KEY.size, valueSize: 8, maxEntries: COUNTS };
  const stack = { keySize: 4, valueSize: options.stackFrames * 8, maxEntries: STACKS };
  const line = { keySize: 4, valueSize: lines * COUNTER_LINE, maxEntries: 1, flags: MAP_FLAGS.mmapable };
  const ring = { keySize: 0, valueSize: 0, maxEntries: options.ringBytes };
  return {
    counters: { name: 'counters', type: 'array', ...line },
    ring: records ? { name: 'records', type: 'ringbuf', ...ring } : null,
    counts: records ? null : { name: 'counts', type: 'percpu_hash', ...count },
    stacks: options.stackFrames > 0 ? { name: 'stacks', type: 'stack_trace', ...stack } : null,
  };
}

function assemble(btf: Btf, options: DropsOptions, maps: DropsProbe['maps'], given: number): Program {
  const asm = new Assembler('netwhy_drops');
  const places = skbPlacesOf(btf);
  const noMatch = label('no_match');
  emitArguments(asm, given > REASON);
  findLine(asm, maps.counters);
  bump(asm, 'seen');
  emitEarlyMatch(asm, places, options, noMatch);
  if (options.filter) emitPacketMatch(asm, btf, options.filter, noMatch);
  findNamespace(asm, places, given > RECEIVER ? RECEIVER : undefined);
  emitPlaceMatch(asm, places, options, noMatch);
  bump(asm, 'matched');
  if (maps.ring) emitRecord(asm, places, maps.ring, maps.stacks);
  if (maps.counts) emitCount(asm, places, maps.counts, maps.stacks);
  return asm.place(noMatch).mov('r0', 0).exit().build();
}

function emitArguments(asm: Assembler, hasReason: boolean): void {
  asm.comment('kfree_skb(skb, location[, reason[, rx_sk]])').store('u64', 'r10', SLOT.ctx, 'r1');
  asm.load('u64', SKB, 'r1', 0).load('u64', 'r2', 'r1', 8).store('u64', 'r10', SLOT.location, 'r2');
  if (hasReason) asm.load('u64', 'r2', 'r1', REASON * 8);
  else asm.mov('r2', 0);
  asm.store('u64', 'r10', SLOT.reason, 'r2');
}

/** The verifier gives a program 512 bytes of stack. */
const STACK_BYTES = 512;

function emitPacketMatch(asm: Assembler, btf: Btf, filter: PacketFilter, noMatch: Label): void {
  const match = label('packet_matches');
  const stack = { base: FREE, size: STACK_BYTES + FREE };
  asm.comment(`packet filter: ${filter.text}`);
  emitFilter(asm, filter, { skb: SKB, fields: skbPlaces(btf), access: 'direct', stack, match, noMatch });
  asm.place(match);
}
