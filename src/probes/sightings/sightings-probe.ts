// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { MAP_FLAGS } from '../../abi/index.ts';
import { Assembler, type Blueprint, type Label, label, type MapSpec, type Program } from '../../asm/index.ts';
import type { Btf } from '../../btf/index.ts';
import { COUNTER_LINE, VLAN_KEY } from '../../events/index.ts';
import { emitFilter, type PacketFilter, skbPlaces } from '../../filter/index.ts';
import { type DropConditions, emitEarlyMatch, emitPlaceMatch } from '../drops/matchers.ts';
import { bump, DEV, FREE, findLine, findNamespace, SKB, SLOT } from '../drops/program.ts';
import { readField } from '../read-field.ts';
import { skbPlacesOf } from '../skb-places.ts';

/** Which packets count. */
export interface SightingsOptions extends Pick<DropConditions, 'namespaces' | 'ifnames' | 'mark'> {
  readonly filter?: PacketFilter;
  readonly possibleCpus: number;
}

export interface SightingsProbe {
  readonly blueprint: Blueprint;
  /** `namespaces`: inode to number of packets, all CPUs together; `vlans`: VLAN_KEY to the same, of what came in. */
  readonly maps: { readonly counters: MapSpec; readonly namespaces: MapSpec; readonly vlans: MapSpec };
}

/** Where a packet enters the stack and where it leaves: the classic receive and transmit tracepoints. */
const TRACEPOINTS = ['netif_receive_skb', 'net_dev_queue'] as const;
const NAMESPACES = 1024;
const VLANS = 1024;
const STACK_BYTES = 512;
const BPF_NOEXIST = 1;

/** Counts packets that match, by namespace; nothing is sent to user space. 5.5 (BTF tracepoints). */
export function sightingsProbe(btf: Btf, options: SightingsOptions): SightingsProbe {
  const lines = 2 ** Math.ceil(Math.log2(Math.max(1, options.possibleCpus)));
  const line = { keySize: 4, valueSize: lines * COUNTER_LINE, maxEntries: 1, flags: MAP_FLAGS.mmapable };
  const maps = {
    counters: { name: 'counters', type: 'array', ...line },
    namespaces: { name: 'namespaces', type: 'hash', keySize: 4, valueSize: 8, maxEntries: NAMESPACES },
    vlans: { name: 'vlans', type: 'hash', keySize: VLAN_KEY.size, valueSize: 8, maxEntries: VLANS },
  } as const;
  const programs = TRACEPOINTS.map(tracepoint => ({
    name: `netwhy_${tracepoint.slice(0, 8)}`,
    attach: { kind: 'tp-btf', tracepoint } as const,
    code: assemble(btf, options, maps, tracepoint),
    license: 'GPL',
  }));
  return { blueprint: { maps: Object.values(maps), programs }, maps };
}

function assemble(
  btf: Btf,
  options: SightingsOptions,
  maps: SightingsProbe['maps'],
  tracepoint: (typeof TRACEPOINTS)[number],
): Program {
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
  asm.load('u64', 'r1', 'r10', SLOT.netns).store('u32', 'r10', SLOT.key, 'r1');
  countKey(asm, maps.namespaces);
  if (tracepoint === 'netif_receive_skb') countVlan(asm, btf, maps.vlans, noMatch);
  return asm.place(noMatch).mov('r0', 0).exit().build();
}

/** Adds one to the value of the key at SLOT.key. */
function countKey(asm: Assembler, map: MapSpec): void {
  const found = label(`${map.name}_known`);
  const done = label(`${map.name}_counted`);
  lookUp(asm, map).jumpIf('r0', '!=', 0, found);
  asm.store('u64', 'r10', SLOT.scratch, 1).map('r1', map).mov('r2', 'r10').add('r2', SLOT.key);
  asm.mov('r3', 'r10').add('r3', SLOT.scratch).mov('r4', BPF_NOEXIST).call('map_update_elem').jump(done);
  asm.place(found).mov('r1', 1).atomic('add', 'u64', 'r0', 0, 'r1').place(done);
}

/** Ethertypes of VLAN tags (802.1Q, 802.1ad) as a little-endian machine loads them. */
const TAGS = [0x0081, 0xa888];
const VLAN_ID = 0x0fff;

/** The tag is beside the packet when the device took it off, else in its first bytes; a little later it is gone. */
function countVlan(asm: Assembler, btf: Btf, vlans: MapSpec, untagged: Label): void {
  const places = skbPlacesOf(btf);
  const [beside, inline, known] = [label('tag_beside'), label('tag_inline'), label('tag_known')];
  const present = btf.hasField('sk_buff', 'vlan_present') ? 'vlan_present' : 'vlan_all';
  asm.comment('VLAN').jumpIf(DEV, '==', 0, untagged);
  readField(asm, 'r1', SKB, btf.field('sk_buff', present));
  asm.jumpIf('r1', '!=', 0, beside);
  readField(asm, 'r1', SKB, places.protocol);
  for (const tag of TAGS) asm.jumpIf('r1', '==', tag, inline);
  asm.jump(untagged).place(inline).store('u64', 'r10', SLOT.scratch, 0);
  readField(asm, 'r3', SKB, places.data);
  asm.mov('r1', 'r10').add('r1', SLOT.scratch).mov('r2', 2).call('probe_read_kernel');
  asm.load('u16', 'r1', 'r10', SLOT.scratch).toBigEndian('r1', 16).jump(known).place(beside);
  readField(asm, 'r1', SKB, places.vlanTci);
  asm.place(known).and('r1', VLAN_ID).jumpIf('r1', '==', 0, untagged);
  const { at } = VLAN_KEY;
  asm.store('u32', 'r10', SLOT.key + at.vlan.offset, 'r1').load('u64', 'r1', 'r10', SLOT.netns);
  asm.store('u64', 'r10', SLOT.key + at.netns.offset, 'r1');
  readField(asm, 'r1', DEV, places.ifindex);
  asm.store('u32', 'r10', SLOT.key + at.ifindex.offset, 'r1');
  countKey(asm, vlans);
}

function lookUp(asm: Assembler, map: MapSpec): Assembler {
  return asm.map('r1', map).mov('r2', 'r10').add('r2', SLOT.key).call('map_lookup_elem');
}
