import { decodeUtf8 } from '../base/index.ts';
import { decodePacket, type Packet } from '../packet/index.ts';
import type { DropEvent } from './drop.ts';
import { DEVICE_FLAGS, DROP_AT, START } from './drop-record.ts';

/** A place in kernel code. */
export interface CodePlace {
  readonly name: string | null;
  readonly offset: number | null;
  readonly module: string | null;
  /** The address itself, "0x…". */
  readonly address: string;
}

/** A reason's name; one object per value, made once. */
export interface ReasonName {
  readonly reason: string | null;
  readonly subsystem: string | null;
}

/** What the decoder asks the running kernel for; every answer is cached by whoever gives it. */
export interface DropNames {
  timeOf(ns: number): string;
  reasonOf(value: number): ReasonName;
  placeOf(high: number, low: number): CodePlace;
  stackOf(id: number, place: CodePlace): readonly string[];
  netnsNameOf(inode: number): string | null;
  isBenign(drop: BenignQuestion, place: CodePlace, name: ReasonName): boolean;
}

export interface BenignQuestion {
  readonly reason: string | null;
  readonly subsystem: string | null;
  readonly function: string | null;
  /** Ethertype, host order; 0 unknown. */
  readonly protocol: number;
  /** PACKET_HOST 0, BROADCAST 1, MULTICAST 2, OTHERHOST 3, OUTGOING 4 (linux/if_packet.h). */
  readonly packetType: number;
  readonly promiscuous: boolean;
  /** Absent where only counts are known. */
  readonly packet?: Packet | null;
}

const AT = DROP_AT;
const U32 = 0x1_0000_0000;
/** The tag that a device took off the packet is kept in the skb. */
const VLAN_ID = 0x0fff;

/** Turns the bytes of one record into an event. Never throws: what cannot be read is null. */
export function decodeDrop(view: DataView, bytes: Uint8Array, at: number, names: DropNames): DropEvent {
  const ts = view.getUint32(at + AT.time.offset, true) + view.getUint32(at + AT.time.offset + 4, true) * U32;
  const low = view.getUint32(at + AT.location.offset, true);
  const place = names.placeOf(view.getUint32(at + AT.location.offset + 4, true), low);
  const name = names.reasonOf(view.getUint32(at + AT.reason.offset, true));
  const { reason, subsystem } = name;
  const ifindex = view.getUint32(at + AT.ifindex.offset, true) || null;
  const netns = view.getUint32(at + AT.netns.offset, true) || null;
  const protocol = view.getUint16(at + AT.protocol.offset);
  const packetType = view.getUint8(at + AT.packetType.offset);
  const promiscuous = (view.getUint32(at + AT.deviceFlags.offset, true) & DEVICE_FLAGS.promiscuous) !== 0;
  const packet = packetAt(view, bytes, at, protocol);
  const question = { reason, subsystem, function: place.name, protocol, packetType, promiscuous, packet };
  return {
    type: 'drop',
    time: names.timeOf(ts),
    ts,
    cpu: view.getUint16(at + AT.cpu.offset, true),
    reason,
    subsystem,
    function: place.name,
    offset: place.offset,
    module: place.module,
    location: place.address,
    stack: names.stackOf(view.getInt32(at + AT.stack.offset, true), place),
    ifname: ifindex === null ? null : textAt(bytes, at + AT.ifname.offset, AT.ifname.size),
    ifindex,
    netns,
    netnsName: netns === null ? null : names.netnsNameOf(netns),
    mark: view.getUint32(at + AT.mark.offset, true),
    length: view.getUint32(at + AT.length.offset, true),
    process: {
      pid: view.getUint32(at + AT.pid.offset, true),
      comm: textAt(bytes, at + AT.comm.offset, AT.comm.size),
    },
    benign: names.isBenign(question, place, name),
    skb: hexAt(view, at + AT.skb.offset),
    packet,
  };
}

const LETTERS: string[] = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/** NUL-terminated; plain ASCII takes no decoder. */
export function textAt(bytes: Uint8Array, at: number, size: number): string {
  let text = '';
  for (let index = at; index < at + size; index++) {
    const code = bytes[index]!;
    if (code === 0) return text;
    if (code >= 128) return decodeUtf8(bytes.subarray(at, at + size)).replace(/\0.*$/s, '');
    text += LETTERS[code]!;
  }
  return text;
}

function hexAt(view: DataView, at: number): string {
  const high = view
    .getUint32(at + 4, true)
    .toString(16)
    .padStart(8, '0');
  return `0x${high}${view.getUint32(at, true).toString(16).padStart(8, '0')}`;
}

function packetAt(view: DataView, bytes: Uint8Array, at: number, protocol: number): Packet | null {
  const captured = view.getUint16(at + AT.captured.offset, true);
  if (captured === 0) return null;
  const start = at + AT.packet.offset;
  const first = view.getUint8(at + AT.start.offset) === START.ethernet ? 'ethernet' : protocol;
  const packet = decodePacket(bytes.subarray(start, start + captured), first === 0 ? 'ip' : first);
  const tag = view.getUint16(at + AT.vlanTci.offset, true) & VLAN_ID;
  return tag === 0 ? packet : { ...packet, vlan: [tag, ...(packet.vlan ?? [])] };
}
