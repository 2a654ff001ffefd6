// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { MAP_FLAGS } from '../../abi/index.ts';
import { Assembler, type Blueprint, label, type MapSpec, type Program } from '../../asm/index.ts';
import type { Btf } from '../../btf/index.ts';
import { COUNTER_LINE } from '../../events/index.ts';
import { emitFilter, type PacketFilter, skbPlaces } from '../../filter/index.ts';
import { type DropConditions, emitEarlyMatch, emitPlaceMatch } from '../drops/matchers.ts';
import { bump, FREE, findLine, findNamespace, SKB, SLOT } from '../drops/program.ts';
import { skbPlacesOf } from '../skb-places.ts';

/** Which packets count. */
export interface SightingsOptions extends Pick<DropConditions, 'namespaces' | 'ifnames' | 'mark'> {
  readonly filter?: PacketFilter;
  readonly possibleCpus: number;
}

export interface SightingsProbe {
  readonly blueprint: Blueprint;
  /** `namespaces`: inode to number of packets, all CPUs together. */
  readonly maps: { readonly counters: MapSpec; readonly namespaces: MapSpec };
}

/** Where a packet enters the stack and where it leaves: the classic receive and transmit tracepoints. */
const TRACEPOINTS = ['netif_receive_skb', 'net_dev_queue'] as const;
const NAMESPACES = 1024;
const STACK_BYTES = 512;
const BPF_NOEXIST = 1;

/** Counts packets that match, by namespace; nothing is sent to user space. 5.5 (BTF tracepoints). */
export function sightingsProbe(btf: Btf, options: SightingsOptions): SightingsProbe {
  const lines = 2 ** Math.ceil(Math.log2(Math.max(1, options.possibleCpus)));
  const line = { keySize: 4, valueSize: lines * COUNTER_LINE, maxEntries: 1, flags: MAP_FLAGS.mmapable };
  const maps = {
    counters: { name: 'counters', type: 'array', ...line },
    namespaces: { name: 'namespaces', type: 'hash', keySize: 4, valueSize: 8, maxEntries: NAMESPACES },
  } as const;
  const programs = TRACEPOINTS.map(tracepoint => ({
    name: `netwhy_${tracepoint.slice(0, 8)}`,
    attach: { kind: 'tp-btf', tracepoint } as const,
    code: assemble(btf, options, maps),
    license: 'GPL',
  }));
  return { blueprint: { maps: Object.values(maps), programs }, maps };
}

function assemble(btf: Btf, options: SightingsOptions, maps: SightingsProbe['maps']): Program {
  const asm = new Assembler('netwhy_sightings');
  const places = skbPlacesOf(btf);
  const noMatch = label('no_match');
  asm.comment('(skb)').load('u64', SKB, 'r1', 0);
  findLine(asm, maps.counters);
  bump(asm, 'seen');
  emitEarlyMatch(asm, places, options, noMatch);
  if (options.filter) {
    const match = label('packet_matches');
    const stack = { base: FREE, size: STACK_BYTES + FREE };
    const fields = skbPlaces(btf);
    emitFilter(asm, options.filter, { skb: SKB, fields, access: 'direct', stack, match, noMatch });
    asm.place(match);
  }
  findNamespace(asm, places);
  emitPlaceMatch(asm, places, options, noMatch);
  bump(asm, 'matched');
  countNamespace(asm, maps.namespaces);
  return asm.place(noMatch).mov('r0', 0).exit().build();
}

function countNamespace(asm: Assembler, namespaces: MapSpec): void {
  const found = label('namespace_known');
  const done = label('namespace_counted');
  asm.load('u64', 'r1', 'r10', SLOT.netns).store('u32', 'r10', SLOT.key, 'r1');
  lookUp(asm, namespaces).jumpIf('r0', '!=', 0, found);
  asm.store('u64', 'r10', SLOT.scratch, 1).map('r1', namespaces).mov('r2', 'r10').add('r2', SLOT.key);
  asm.mov('r3', 'r10').add('r3', SLOT.scratch).mov('r4', BPF_NOEXIST).call('map_update_elem').jump(done);
  asm.place(found).mov('r1', 1).atomic('add', 'u64', 'r0', 0, 'r1').place(done);
}

function lookUp(asm: Assembler, map: MapSpec): Assembler {
  return asm.map('r1', map).mov('r2', 'r10').add('r2', SLOT.key).call('map_lookup_elem');
}
