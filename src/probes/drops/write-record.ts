// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { RING_FLAGS, SIZE_OF_BYTES } from '../../abi/index.ts';
import { type Assembler, type Label, label, type MapSpec } from '../../asm/index.ts';
import { DROP_AT, DROP_RECORD, type DropField, PACKET_BYTES, START } from '../../events/index.ts';
import { readField } from '../read-field.ts';
import type { SkbPlaces } from '../skb-places.ts';
import { bump, DEV, RECORD, SKB, SLOT } from './program.ts';

const MAC_UNSET = 0xffff;
/** A MAC header of 14 to 22 bytes: Ethernet with up to two VLAN tags. */
const MAC_MIN = 14;
const MAC_MAX = 22;

/** Sends one record, or counts it as lost when the buffer is full. */
export function emitRecord(asm: Assembler, places: SkbPlaces, ring: MapSpec, stacks: MapSpec | null): void {
  const reserved = label('reserved');
  const done = label('record_done');
  emitStackId(asm, stacks);
  asm.map('r1', ring).mov('r2', DROP_RECORD.size).mov('r3', 0).call('ringbuf_reserve');
  asm.jumpIf('r0', '!=', 0, reserved);
  bump(asm, 'lost');
  asm.jump(done).place(reserved).mov(RECORD, 'r0');
  emitArguments(asm);
  emitSkbFields(asm, places);
  emitDevice(asm, places);
  emitTask(asm);
  emitPacket(asm, places);
  asm
    .comment('no wake-up: the reader polls on a timer')
    .mov('r1', RECORD)
    .mov('r2', RING_FLAGS.noWakeup)
    .call('ringbuf_submit')
    .place(done);
}

/** SLOT.scratch = key of the kernel stack, or a negative number. */
export function emitStackId(asm: Assembler, stacks: MapSpec | null): void {
  if (!stacks) {
    asm.store('u64', 'r10', SLOT.scratch, -1);
    return;
  }
  asm.comment('kernel stack').load('u64', 'r1', 'r10', SLOT.ctx).map('r2', stacks).mov('r3', 0);
  asm.call('get_stackid').store('u64', 'r10', SLOT.scratch, 'r0');
}

function put(asm: Assembler, field: DropField, reg: 'r0' | 'r1' | 'r2' | 'r3' | 'r6'): void {
  asm.store(SIZE_OF_BYTES[DROP_AT[field].size]!, RECORD, DROP_AT[field].offset, reg);
}

function emitArguments(asm: Assembler): void {
  asm.call('ktime_get_ns');
  put(asm, 'time', 'r0');
  asm.load('u64', 'r1', 'r10', SLOT.location);
  put(asm, 'location', 'r1');
  put(asm, 'skb', SKB as 'r6');
  asm.load('u64', 'r1', 'r10', SLOT.reason);
  put(asm, 'reason', 'r1');
  asm.load('u64', 'r1', 'r10', SLOT.scratch);
  put(asm, 'stack', 'r1');
  asm.load('u64', 'r1', 'r10', SLOT.netns);
  put(asm, 'netns', 'r1');
}

function emitSkbFields(asm: Assembler, places: SkbPlaces): void {
  for (const field of ['mark', 'protocol', 'vlanTci', 'packetType'] as const) {
    readField(asm, 'r1', SKB, places[field]);
    put(asm, field, 'r1');
  }
}

function emitDevice(asm: Assembler, places: SkbPlaces): void {
  const none = label('no_name');
  const done = label('name_done');
  const at = DROP_AT.ifname.offset;
  asm.jumpIf(DEV, '==', 0, none);
  readField(asm, 'r1', DEV, places.ifindex);
  put(asm, 'ifindex', 'r1');
  readField(asm, 'r1', DEV, places.deviceFlags);
  put(asm, 'deviceFlags', 'r1');
  for (const half of [0, 8])
    asm.load('u64', 'r1', DEV, places.ifname.offset + half).store('u64', RECORD, at + half, 'r1');
  asm.jump(done).place(none).mov('r1', 0);
  put(asm, 'ifindex', 'r1');
  put(asm, 'deviceFlags', 'r1');
  for (const half of [0, 8]) asm.store('u64', RECORD, at + half, 'r1');
  asm.place(done);
}

function emitTask(asm: Assembler): void {
  asm.call('get_current_pid_tgid').rsh('r0', 32);
  put(asm, 'pid', 'r0');
  asm.call('get_smp_processor_id');
  put(asm, 'cpu', 'r0');
  asm.mov('r1', RECORD).add('r1', DROP_AT.comm.offset).mov('r2', DROP_AT.comm.size).call('get_current_comm');
}

/** Length from the network header on, and the linear bytes of the packet from its lowest known header on. */
function emitPacket(asm: Assembler, places: SkbPlaces): void {
  const copy = label('copy');
  const empty = label('empty');
  const done = label('packet_done');
  emitStart(asm, places, copy);
  asm.place(copy).comment('r3 = start in bytes from skb->head, r7 = skb->head (the device is done with)');
  put(asm, 'length', 'r1');
  asm.store('u8', RECORD, DROP_AT.start.offset, 'r2');
  readField(asm, 'r2', SKB, places.tail);
  asm.jumpIf('r3', '>=', 'r2', empty).sub('r2', 'r3');
  const cut = label('fits');
  asm.jumpIf('r2', '<=', PACKET_BYTES, cut).mov('r2', PACKET_BYTES).place(cut);
  asm.store('u16', RECORD, DROP_AT.captured.offset, 'r2');
  asm.mov('r1', RECORD).add('r1', DROP_AT.packet.offset).add('r3', 'r7').call('probe_read_kernel');
  asm.jumpIf('r0', '==', 0, done).place(empty).store('u16', RECORD, DROP_AT.captured.offset, 0).place(done);
}

/** r1 = length, r2 = START, r3 = offset of the first byte to copy, r7 = skb->head. */
function emitStart(asm: Assembler, places: SkbPlaces, copy: Label): void {
  const fromData = label('from_data');
  const network = label('from_network');
  readField(asm, 'r7', SKB, places.head);
  readField(asm, 'r4', SKB, places.data);
  readField(asm, 'r1', SKB, places.len);
  readField(asm, 'r3', SKB, places.networkHeader);
  asm.sub('r4', 'r7').comment('r4 = data - head').jumpIf('r3', '==', 0, fromData);
  asm.add('r1', 'r4').sub('r1', 'r3');
  readField(asm, 'r5', SKB, places.macHeader);
  asm.jumpIf('r5', '==', MAC_UNSET, network).mov('r0', 'r3').sub('r0', 'r5');
  asm.jumpIf('r0', '<', MAC_MIN, network).jumpIf('r0', '>', MAC_MAX, network);
  asm.mov('r3', 'r5').mov('r2', START.ethernet).jump(copy);
  asm.place(network).mov('r2', START.network).jump(copy);
  asm.place(fromData).mov('r3', 'r4').mov('r2', START.data);
}
