// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { type Assembler, label, type MapSpec } from '../../asm/index.ts';
import { DEVICE_FLAGS, DROP_COUNT_KEY } from '../../events/index.ts';
import { readField } from '../read-field.ts';
import type { SkbPlaces } from '../skb-places.ts';
import { bump, DEV, SKB, SLOT } from './program.ts';
import { emitStackId } from './write-record.ts';

const BPF_NOEXIST = 1;
const AT = DROP_COUNT_KEY.at;

/** Adds one to the count of drops alike; counts it as lost when the map is full. */
export function emitCount(asm: Assembler, places: SkbPlaces, counts: MapSpec, stacks: MapSpec | null): void {
  const found = label('count_found');
  const again = label('count_again');
  const done = label('count_done');
  emitStackId(asm, stacks);
  emitKey(asm, places);
  emitLookup(asm, counts).jumpIf('r0', '!=', 0, found);
  asm.map('r1', counts).mov('r2', 'r10').add('r2', SLOT.key).mov('r3', 'r10').add('r3', SLOT.scratch);
  asm.store('u64', 'r10', SLOT.scratch, 1).mov('r4', BPF_NOEXIST).call('map_update_elem');
  asm.jumpIf('r0', '==', 0, done).comment('another CPU may have made it meanwhile').place(again);
  emitLookup(asm, counts).jumpIf('r0', '!=', 0, found);
  bump(asm, 'lost');
  asm.jump(done).place(found).mov('r1', 1).atomic('add', 'u64', 'r0', 0, 'r1').place(done);
}

function emitLookup(asm: Assembler, counts: MapSpec): Assembler {
  return asm.map('r1', counts).mov('r2', 'r10').add('r2', SLOT.key).call('map_lookup_elem');
}

function emitKey(asm: Assembler, places: SkbPlaces): void {
  for (let offset = 0; offset < DROP_COUNT_KEY.size; offset += 8)
    asm.store('u64', 'r10', SLOT.key + offset, 0);
  asm.load('u64', 'r1', 'r10', SLOT.location).store('u64', 'r10', SLOT.key + AT.location.offset, 'r1');
  asm.load('u64', 'r1', 'r10', SLOT.reason).store('u32', 'r10', SLOT.key + AT.reason.offset, 'r1');
  asm.load('u64', 'r1', 'r10', SLOT.scratch).store('u32', 'r10', SLOT.key + AT.stack.offset, 'r1');
  asm.load('u64', 'r1', 'r10', SLOT.netns).store('u32', 'r10', SLOT.key + AT.netns.offset, 'r1');
  readField(asm, 'r1', SKB, places.protocol);
  asm.store('u16', 'r10', SLOT.key + AT.protocol.offset, 'r1');
  readField(asm, 'r1', SKB, places.packetType);
  asm.store('u16', 'r10', SLOT.key + AT.packetType.offset, 'r1');
  emitDevice(asm, places);
}

function emitDevice(asm: Assembler, places: SkbPlaces): void {
  const none = label('key_without_device');
  asm.jumpIf(DEV, '==', 0, none);
  readField(asm, 'r1', DEV, places.ifindex);
  asm.store('u32', 'r10', SLOT.key + AT.ifindex.offset, 'r1');
  readField(asm, 'r1', DEV, places.deviceFlags);
  asm.and('r1', DEVICE_FLAGS.promiscuous).store('u32', 'r10', SLOT.key + AT.deviceFlags.offset, 'r1');
  for (const half of [0, 8])
    asm
      .load('u64', 'r1', DEV, places.ifname.offset + half)
      .store('u64', 'r10', SLOT.key + AT.ifname.offset + half, 'r1');
  asm.place(none);
}
