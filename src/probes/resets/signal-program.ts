// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { type Reg, RING_FLAGS, SIZE_OF_BYTES } from '../../abi/index.ts';
import { Assembler, type Label, label, type MapSpec, type Program } from '../../asm/index.ts';
import type { Btf } from '../../btf/index.ts';
import { SIGNAL_AT, SIGNAL_PACKET_BYTES, SIGNAL_RECORD, type SignalField } from '../../events/index.ts';
import { bump, findLine } from '../drops/program.ts';
import { readField } from '../read-field.ts';
import { skbPlacesOf } from '../skb-places.ts';
import { type Access, SKB, SLOTS, SOCK, TYPED } from './access.ts';

export const RECORD: Reg = 'r9';

/** How one source of signals is read. */
export interface SignalSource {
  /** Position of the argument, from 0. */
  readonly skb?: number;
  readonly sock?: number;
  /** Number of the IP protocol; 0 not known. */
  readonly protocol: number;
  /** Takes the kernel stack where there is no packet: of what a socket does by itself. */
  readonly stack?: true;
  /** Leaves for `skip` when this call says nothing. Keeps r6 to r9. */
  readonly early?: (asm: Assembler, btf: Btf, skip: Label) => void;
  /** Fills in what skb and socket do not tell. */
  readonly fill?: (asm: Assembler, btf: Btf, access: Access) => void;
}

/** dst = an argument of the tracepoint or function. */
export function argument(asm: Assembler, dst: Reg, index: number, { argument: at }: Access = TYPED): void {
  asm.load('u64', dst, 'r10', SLOTS.ctx).load('u64', dst, dst, at(index));
}

export function put(asm: Assembler, field: SignalField, src: Reg | number): void {
  asm.store(SIZE_OF_BYTES[SIGNAL_AT[field].size]!, RECORD, SIGNAL_AT[field].offset, src);
}

/** What all programs share. */
export interface SignalMaps {
  readonly counters: MapSpec;
  readonly ring: MapSpec;
  readonly stacks: MapSpec;
}

/** The whole program of one source. */
export function signalProgram(
  name: string,
  source: SignalSource & { readonly index: number },
  maps: SignalMaps,
  btf: Btf,
  access: Access = TYPED,
): Program {
  const asm = new Assembler(name);
  const skip = label('skip');
  const reserved = label('reserved');
  asm.store('u64', 'r10', SLOTS.ctx, 'r1').mov(SKB, 0).mov(SOCK, 0);
  for (const what of ['skb', 'sock'] as const) take(asm, what, source[what], access);
  source.early?.(asm, btf, skip);
  findLine(asm, maps.counters);
  bump(asm, 'seen');
  asm.map('r1', maps.ring).mov('r2', SIGNAL_RECORD.size).mov('r3', 0).call('ringbuf_reserve');
  asm.jumpIf('r0', '!=', 0, reserved);
  bump(asm, 'lost');
  asm.jump(skip).place(reserved).mov(RECORD, 'r0');
  for (let offset = 0; offset < SIGNAL_RECORD.size; offset += 8) asm.store('u64', RECORD, offset, 0);
  emitHead(asm, source.index, source.protocol);
  if (source.sock !== undefined) emitSocket(asm, btf, access);
  if (source.skb !== undefined) emitSkb(asm, btf, access);
  if (source.stack) emitStack(asm, maps.stacks);
  source.fill?.(asm, btf, access);
  asm.mov('r1', RECORD).mov('r2', RING_FLAGS.noWakeup).call('ringbuf_submit');
  return asm.place(skip).mov('r0', 0).exit().build();
}

/** Typed pointers keep their type in their register only: the slot is what a helper is given. */
function take(asm: Assembler, what: 'skb' | 'sock', index: number | undefined, access: Access): void {
  if (index === undefined) return;
  argument(asm, 'r1', index, access);
  asm.store('u64', 'r10', SLOTS[what], 'r1');
  access.take(asm, what);
}

function emitHead(asm: Assembler, source: number, protocol: number): void {
  put(asm, 'source', source);
  put(asm, 'protocol', protocol);
  put(asm, 'stack', -1);
  asm.call('ktime_get_ns');
  put(asm, 'time', 'r0');
  asm.call('get_smp_processor_id');
  put(asm, 'cpu', 'r0');
  asm.call('get_current_pid_tgid').rsh('r0', 32);
  put(asm, 'pid', 'r0');
  asm
    .mov('r1', RECORD)
    .add('r1', SIGNAL_AT.comm.offset)
    .mov('r2', SIGNAL_AT.comm.size)
    .call('get_current_comm');
}

function emitStack(asm: Assembler, stacks: MapSpec): void {
  const answer = label('answers_a_packet');
  asm.comment('stack').jumpIf(SKB, '!=', 0, answer).load('u64', 'r1', 'r10', SLOTS.ctx);
  asm.map('r2', stacks).mov('r3', 0).call('get_stackid');
  put(asm, 'stack', 'r0');
  asm.place(answer);
}

const INET6 = 10;

/** The part of a socket that time-wait and request sockets have too. */
function emitSocket(asm: Assembler, btf: Btf, access: Access): void {
  const none = label('no_socket');
  const place = (field: string): ReturnType<Btf['field']> => btf.field('sock', `__sk_common.${field}`);
  asm.comment('socket').jumpIf(SOCK, '==', 0, none);
  put(asm, 'hasSocket', 1);
  for (const [field, name] of [
    ['skc_family', 'family'],
    ['skc_state', 'state'],
    ['skc_num', 'sport'],
    ['skc_dport', 'dport'],
    ['skc_bound_dev_if', 'ifindex'],
  ] as const) {
    readField(asm, 'r1', SOCK, place(field));
    put(asm, name, 'r1');
  }
  emitAddresses(asm, btf);
  emitLastPort(asm, btf);
  readField(asm, 'r1', SOCK, place('skc_net.net'));
  emitNamespace(asm, btf, access, none);
  asm.place(none);
}

/** A socket that is closed before its RST leaves has given its number back; the header's copy of it stays. */
function emitLastPort(asm: Assembler, btf: Btf): void {
  const known = label('port_known');
  asm.load('u16', 'r1', RECORD, SIGNAL_AT.sport.offset).jumpIf('r1', '!=', 0, known);
  asm.store('u64', 'r10', SLOTS.scratch, 0).load('u64', 'r3', 'r10', SLOTS.sock);
  asm.add('r3', btf.field('inet_sock', 'inet_sport').offset);
  asm.mov('r1', 'r10').add('r1', SLOTS.scratch).mov('r2', 2).call('probe_read_kernel');
  asm.load('u16', 'r1', 'r10', SLOTS.scratch).toBigEndian('r1', 16);
  put(asm, 'sport', 'r1');
  asm.place(known);
}

function emitAddresses(asm: Assembler, btf: Btf): void {
  const done = label('addresses_done');
  const ipv4 = label('ipv4');
  const ends = [
    ['src', 'skc_rcv_saddr', 'skc_v6_rcv_saddr'],
    ['dst', 'skc_daddr', 'skc_v6_daddr'],
  ] as const;
  asm.load('u8', 'r1', RECORD, SIGNAL_AT.family.offset).jumpIf('r1', '!=', INET6, ipv4);
  for (const [end, , ipv6] of ends)
    if (btf.hasField('sock', `__sk_common.${ipv6}`))
      emitWords(asm, SOCK, btf.field('sock', `__sk_common.${ipv6}`).offset, end);
  asm.jump(done).place(ipv4);
  for (const [end, field] of ends) {
    readField(asm, 'r1', SOCK, btf.field('sock', `__sk_common.${field}`));
    asm.store('u32', RECORD, SIGNAL_AT[end].offset, 'r1');
  }
  asm.place(done);
}

/** Copies 16 bytes from a BTF-typed base. */
export function emitWords(asm: Assembler, base: Reg, offset: number, end: 'src' | 'dst'): void {
  for (const half of [0, 8])
    asm.load('u64', 'r1', base, offset + half).store('u64', RECORD, SIGNAL_AT[end].offset + half, 'r1');
}

/** netns = the inode of the namespace that r1 points to. */
function emitNamespace(asm: Assembler, btf: Btf, access: Access, none: Label): void {
  asm.jumpIf('r1', '==', 0, none);
  access.follow(asm, 'r1', 'r1', btf.field('net', 'ns.inum'));
  put(asm, 'netns', 'r1');
}

/** The packet from its network header on; the device's namespace when no socket told one. */
function emitSkb(asm: Assembler, btf: Btf, access: Access): void {
  const places = skbPlacesOf(btf);
  const none = label('no_skb');
  const known = label('netns_known');
  asm.comment('packet').jumpIf(SKB, '==', 0, none).load('u64', 'r1', 'r10', SLOTS.skb);
  put(asm, 'skb', 'r1');
  readField(asm, 'r1', SKB, places.mark);
  put(asm, 'mark', 'r1');
  emitBytes(asm, btf);
  readField(asm, 'r2', SKB, places.device);
  asm.jumpIf('r2', '==', 0, none);
  access.follow(asm, 'r1', 'r2', places.ifindex);
  put(asm, 'ifindex', 'r1');
  asm.load('u32', 'r1', RECORD, SIGNAL_AT.netns.offset).jumpIf('r1', '!=', 0, known);
  readField(asm, 'r2', SKB, places.device);
  access.follow(asm, 'r1', 'r2', places.deviceNet);
  emitNamespace(asm, btf, access, known);
  asm.place(known).place(none);
}

function emitBytes(asm: Assembler, btf: Btf): void {
  const places = skbPlacesOf(btf);
  const none = label('no_bytes');
  const fits = label('fits');
  readField(asm, 'r3', SKB, places.networkHeader);
  readField(asm, 'r2', SKB, places.tail);
  asm.jumpIf('r3', '==', 0, none).jumpIf('r3', '>=', 'r2', none).sub('r2', 'r3');
  asm.jumpIf('r2', '<=', SIGNAL_PACKET_BYTES, fits).mov('r2', SIGNAL_PACKET_BYTES).place(fits);
  readField(asm, 'r4', SKB, places.head);
  asm.add('r3', 'r4').store('u16', RECORD, SIGNAL_AT.captured.offset, 'r2');
  asm.mov('r1', RECORD).add('r1', SIGNAL_AT.packet.offset).call('probe_read_kernel');
  asm.jumpIf('r0', '==', 0, none).store('u16', RECORD, SIGNAL_AT.captured.offset, 0).place(none);
}
