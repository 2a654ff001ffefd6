import { IP_PROTOCOLS } from '../abi/index.ts';
import { ipv4Text, ipv6Text } from './address.ts';
import { decodeIcmp, decodeIcmpv6 } from './icmp.ts';
import { protocolName } from './names.ts';
import { decodePorts, decodeTcp, decodeUdp } from './transport.ts';
import { decodeGre, decodeIpInIp, decodeIpv6InIp } from './tunnels.ts';
import { type Decode, isShort, u16At, u32At, type Walk } from './walk.ts';

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;
/** IPv6 headers in a row that are followed. */
const MAX_HEADERS = 16;

const PAYLOADS: Readonly<Record<number, Decode>> = {
  [IP_PROTOCOLS.icmp]: decodeIcmp,
  [IP_PROTOCOLS.icmpv6]: decodeIcmpv6,
  [IP_PROTOCOLS.tcp]: decodeTcp,
  [IP_PROTOCOLS.udp]: decodeUdp,
  [IP_PROTOCOLS.udplite]: decodePorts,
  [IP_PROTOCOLS.sctp]: decodePorts,
  [IP_PROTOCOLS.dccp]: decodePorts,
  [IP_PROTOCOLS.gre]: decodeGre,
  [IP_PROTOCOLS.ipip]: decodeIpInIp,
  [IP_PROTOCOLS.ipv6]: decodeIpv6InIp,
};

export function decodeIpv4(walk: Walk): void {
  const { bytes, at, packet } = walk;
  packet.family = 'ipv4';
  packet.protocol = 'ipv4';
  if (isShort(walk, IPV4_HEADER)) return;
  const headerLength = (bytes[at]! & 15) * 4;
  const protocol = bytes[at + 9]!;
  packet.protocol = protocolName(protocol);
  packet.src = ipv4Text(bytes, at + 12);
  packet.dst = ipv4Text(bytes, at + 16);
  packet.ttl = bytes[at + 8]!;
  packet.id = u16At(bytes, at + 4);
  limitTo(walk, u16At(bytes, at + 2));
  const place = u16At(bytes, at + 6);
  if (place & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) noteFragment(walk, place, packet.id);
  if (headerLength < IPV4_HEADER || isShort(walk, headerLength)) return;
  walk.at += headerLength;
  decodePayload(walk, protocol);
}

/** The header's length; of giant segments (0 in the header) the bytes at hand. */
function limitTo(walk: Walk, length: number): void {
  walk.packet.length = length;
  if (length === 0) return;
  walk.announced = walk.at + length;
  walk.end = Math.min(walk.end, walk.announced);
}

function noteFragment(walk: Walk, place: number, id: number): void {
  walk.packet.fragment = {
    offset: (place & FRAGMENT_OFFSET) * 8,
    more: (place & MORE_FRAGMENTS) !== 0,
    id,
  };
}

function decodePayload(walk: Walk, protocol: number): void {
  const { fragment } = walk.packet;
  if (fragment && fragment.offset > 0) return;
  PAYLOADS[protocol]?.(walk);
}

export function decodeIpv6(walk: Walk): void {
  const { bytes, at, packet } = walk;
  packet.family = 'ipv6';
  packet.protocol = 'ipv6';
  if (isShort(walk, IPV6_HEADER)) return;
  packet.src = ipv6Text(bytes, at + 8);
  packet.dst = ipv6Text(bytes, at + 24);
  packet.ttl = bytes[at + 7]!;
  const payload = u16At(bytes, at + 4);
  if (payload > 0) limitTo(walk, payload + IPV6_HEADER);
  walk.at += IPV6_HEADER;
  decodeHeaders(walk, bytes[at + 6]!);
}

/** Bytes of an extension header at `at`; its first byte names the next header. */
type HeaderLength = (bytes: Uint8Array, at: number) => number;
const inEights: HeaderLength = (bytes, at) => (bytes[at + 1]! + 1) * 8;

const EXTENSIONS: Readonly<Record<number, HeaderLength>> = {
  [IP_PROTOCOLS.hopopts]: inEights,
  [IP_PROTOCOLS.routing]: inEights,
  [IP_PROTOCOLS.dstopts]: inEights,
  [IP_PROTOCOLS.fragment]: () => 8,
  [IP_PROTOCOLS.ah]: (bytes, at) => (bytes[at + 1]! + 2) * 4,
};

/** Follows extension headers up to the payload, or up to where a fragment's own bytes begin. */
function decodeHeaders(walk: Walk, first: number): void {
  let next = first;
  for (let count = 0; count < MAX_HEADERS && EXTENSIONS[next]; count++) {
    walk.packet.protocol = protocolName(next);
    const following = skipHeader(walk, next);
    if (following < 0) return;
    next = following;
    if (walk.packet.fragment?.offset) break;
  }
  walk.packet.protocol = protocolName(next);
  decodePayload(walk, next);
}

/** The next header's number; -1 when the bytes end inside this one. */
function skipHeader(walk: Walk, header: number): number {
  if (isShort(walk, 8)) return -1;
  const { bytes, at } = walk;
  const length = EXTENSIONS[header]!(bytes, at);
  if (header === IP_PROTOCOLS.fragment) noteIpv6Fragment(walk);
  if (isShort(walk, length)) return -1;
  walk.at += length;
  return bytes[at]!;
}

function noteIpv6Fragment(walk: Walk): void {
  const place = u16At(walk.bytes, walk.at + 2);
  walk.packet.fragment = {
    offset: place & 0xfff8,
    more: (place & 1) !== 0,
    id: u32At(walk.bytes, walk.at + 4),
  };
}
