// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { type Reg, RING_FLAGS, SIZE_OF_BYTES } from '../../abi/index.ts';
import { type Label, label } from '../../asm/index.ts';
import { LOOK_PACKET, LOOK_RECORD, type LookField, RECORD, START } from '../../events/index.ts';
import { KEY_AT } from './compare-look.ts';
import { countLoss } from './write-hop.ts';
import { SKB, SLOT, type TraceProgram } from './writer.ts';

const AT = LOOK_RECORD.at;
const LOOK: Reg = 'r8';
/** Inodes of namespaces start near 2^32: what is lower came from a field that is no device just now. */
const LOWEST_INODE = 0xefff_fff0;
const MAC_UNSET = 0xffff;
const MAC_MIN = 14;
const MAC_MAX = 22;
/** enum ip_conntrack_info is kept in the low bits of the pointer. */
const CT_INFO_MASK = 7;

/** Sends how the packet looks now; needs the key, SLOT.packet, SLOT.trail and SLOT.number. r0 to r5, r8, r9 are lost. */
export function writeLook(program: TraceProgram): void {
  const { asm, shared } = program;
  const full = label('ring_full');
  const done = label('look_done');
  asm
    .comment('look')
    .map('r1', shared.maps.ring)
    .mov('r2', LOOK_RECORD.size)
    .mov('r3', 0)
    .call('ringbuf_reserve');
  asm.jumpIf('r0', '==', 0, full).mov(LOOK, 'r0');
  writeBasics(program);
  writeConnection(program);
  writeDevice(program);
  writePacket(program);
  asm.mov('r1', LOOK).mov('r2', RING_FLAGS.noWakeup).call('ringbuf_submit').jump(done).place(full);
  countLoss(program);
  asm.place(done);
}

function put({ asm }: TraceProgram, field: LookField, value: Reg | number): void {
  asm.store(SIZE_OF_BYTES[AT[field].size]!, LOOK, AT[field].offset, value);
}

function putSlot(program: TraceProgram, field: LookField, slot: number): void {
  const size = SIZE_OF_BYTES[AT[field].size]!;
  program.asm.load(size, 'r1', 'r10', slot).store(size, LOOK, AT[field].offset, 'r1');
}

function writeBasics(program: TraceProgram): void {
  const { asm, key } = program;
  put(program, 'record', RECORD.look);
  put(program, 'skb', SKB);
  putSlot(program, 'trail', SLOT.trail);
  putSlot(program, 'function', SLOT.number);
  putSlot(program, 'mark', key + KEY_AT.mark);
  putSlot(program, 'length', key + KEY_AT.length);
  putSlot(program, 'protocol', key + KEY_AT.protocol);
  putSlot(program, 'vlanTci', key + KEY_AT.vlan);
  asm.call('get_smp_processor_id');
  put(program, 'cpu', 'r0');
  asm.call('get_current_pid_tgid').rsh('r0', 32);
  put(program, 'pid', 'r0');
  asm.mov('r1', LOOK).add('r1', AT.comm.offset).mov('r2', AT.comm.size).call('get_current_comm');
  asm.call('ktime_get_ns');
  put(program, 'time', 'r0');
}

function writeConnection(program: TraceProgram): void {
  const { asm, key, shared } = program;
  const { ctStatus, ctMark } = shared.places;
  const none = label('no_connection');
  const done = label('connection_done');
  asm
    .load('u64', 'r9', 'r10', key + KEY_AT.connection)
    .mov('r1', 'r9')
    .and('r1', CT_INFO_MASK);
  put(program, 'ctInfo', 'r1');
  put(program, 'ctMark', 0);
  asm.and('r9', ~CT_INFO_MASK).jumpIf('r9', '==', 0, none);
  put(program, 'hasConnection', 1);
  if (ctStatus) program.follow('r1', 'r9', ctStatus);
  else asm.mov('r1', 0);
  put(program, 'ctStatus', 'r1');
  if (ctMark) {
    program.follow('r1', 'r9', ctMark);
    put(program, 'ctMark', 'r1');
  }
  asm.jump(done).place(none);
  put(program, 'hasConnection', 0);
  put(program, 'ctStatus', 0);
  asm.place(done);
}

/** r9 = inode of the device's namespace, or goes on at `none`; the device's address is in the key. */
export function findDeviceNamespace(program: TraceProgram, none: Label): void {
  const { asm, key, shared } = program;
  asm.load('u64', 'r9', 'r10', key + KEY_AT.device).jumpIf('r9', '==', 0, none);
  program.follow('r9', 'r9', shared.places.deviceNet);
  asm.jumpIf('r9', '==', 0, none);
  program.follow('r9', 'r9', shared.places.inode);
  asm.jumpIf32('r9', '<', LOWEST_INODE, none);
}

/** r9 = inode of the socket's namespace, or goes on at `none`. */
export function findSocketNamespace(program: TraceProgram, none: Label): void {
  const { asm, shared } = program;
  program.field('r9', 'socket');
  asm.jumpIf('r9', '==', 0, none);
  program.follow('r9', 'r9', shared.places.socketNet);
  asm.jumpIf('r9', '==', 0, none);
  program.follow('r9', 'r9', shared.places.inode);
  asm.jumpIf32('r9', '<', LOWEST_INODE, none);
}

function writeDevice(program: TraceProgram): void {
  const { asm, key, shared } = program;
  const noDevice = label('no_device');
  const unknown = label('no_namespace');
  const done = label('device_done');
  findDeviceNamespace(program, noDevice);
  put(program, 'netns', 'r9');
  asm.load('u64', 'r9', 'r10', key + KEY_AT.device);
  program.follow('r1', 'r9', shared.places.ifindex);
  put(program, 'ifindex', 'r1');
  program.follow('r1', 'r9', shared.places.mtu);
  put(program, 'mtu', 'r1');
  asm.mov('r3', 'r9').add('r3', shared.places.ifname.offset);
  asm
    .mov('r1', LOOK)
    .add('r1', AT.ifname.offset)
    .mov('r2', AT.ifname.size)
    .call('probe_read_kernel')
    .jump(done);
  asm.place(noDevice);
  put(program, 'ifindex', 0);
  put(program, 'mtu', 0);
  for (const half of [0, 8]) asm.store('u64', LOOK, AT.ifname.offset + half, 0);
  findSocketNamespace(program, unknown);
  put(program, 'netns', 'r9');
  asm.jump(done).place(unknown);
  put(program, 'netns', 0);
  asm.place(done);
}

/** The linear bytes from the lowest known header on. */
function writePacket(program: TraceProgram): void {
  const { asm } = program;
  const network = label('from_network');
  const copy = label('copy');
  const fits = label('fits');
  const empty = label('empty');
  const done = label('packet_done');
  asm.comment('r3 = address of the first byte to copy, r5 = of the network header, r4 = head');
  asm.load('u64', 'r3', 'r10', SLOT.packet).mov('r5', 'r3');
  program.field('r4', 'head');
  program.field('r1', 'macHeader');
  asm.jumpIf('r1', '==', MAC_UNSET, network).add('r1', 'r4').mov('r2', 'r5').sub('r2', 'r1');
  asm.jumpIf('r2', '<', MAC_MIN, network).jumpIf('r2', '>', MAC_MAX, network);
  asm
    .mov('r3', 'r1')
    .mov('r1', START.ethernet)
    .jump(copy)
    .place(network)
    .mov('r1', START.network)
    .place(copy);
  put(program, 'start', 'r1');
  program.field('r2', 'tail');
  asm.add('r2', 'r4').jumpIf('r2', '<=', 'r3', empty).sub('r2', 'r3');
  asm.jumpIf('r2', '<=', LOOK_PACKET, fits).mov('r2', LOOK_PACKET).place(fits);
  put(program, 'captured', 'r2');
  asm.mov('r1', LOOK).add('r1', AT.packet.offset).call('probe_read_kernel').jumpIf('r0', '==', 0, done);
  asm.place(empty);
  put(program, 'captured', 0);
  asm.place(done);
}
