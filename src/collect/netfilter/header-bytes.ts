import type { TracedPacket } from '../../events/index.ts';

const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  sctp: 132,
  udplite: 136,
};
const ICMP_TYPES: Readonly<Record<string, number>> = {
  'echo-reply': 0,
  'destination-unreachable': 3,
  redirect: 5,
  'echo-request': 8,
  'time-exceeded': 11,
};
const IPV4 = 20;
const IPV6 = 40;
const TRANSPORT = 20;

/**
 * The headers that such a packet has, written again from what the trace tells, so that the user's own packet filter
 * can be run on them; fields that the trace leaves out (sequence numbers, checksums) are zero. Empty for other than IP.
 */
export function headerBytes(packet: TracedPacket): Uint8Array {
  if (packet.family === 'other' || packet.src === null || packet.dst === null) return new Uint8Array();
  const ipv4 = packet.family === 'ipv4';
  const bytes = new Uint8Array((ipv4 ? IPV4 : IPV6) + TRANSPORT);
  const view = new DataView(bytes.buffer);
  if (ipv4) writeIpv4(view, packet);
  else writeIpv6(view, packet);
  writeTransport(view, ipv4 ? IPV4 : IPV6, packet);
  return bytes;
}

function writeIpv4(view: DataView, packet: TracedPacket): void {
  view.setUint8(0, 0x45);
  view.setUint16(2, packet.length ?? IPV4);
  view.setUint16(4, packet.id ?? 0);
  view.setUint8(8, packet.ttl ?? 64);
  view.setUint8(9, protocolNumber(packet.protocol));
  ipv4Words(packet.src!).forEach((byte, at) => {
    view.setUint8(12 + at, byte);
  });
  ipv4Words(packet.dst!).forEach((byte, at) => {
    view.setUint8(16 + at, byte);
  });
}

function writeIpv6(view: DataView, packet: TracedPacket): void {
  view.setUint8(0, 0x60);
  view.setUint16(4, packet.length ?? 0);
  view.setUint8(6, protocolNumber(packet.protocol));
  view.setUint8(7, packet.ttl ?? 64);
  ipv6Groups(packet.src!).forEach((group, at) => {
    view.setUint16(8 + at * 2, group);
  });
  ipv6Groups(packet.dst!).forEach((group, at) => {
    view.setUint16(24 + at * 2, group);
  });
}

function writeTransport(view: DataView, at: number, packet: TracedPacket): void {
  if (packet.sport !== null && packet.dport !== null) {
    view.setUint16(at, packet.sport);
    view.setUint16(at + 2, packet.dport);
  } else if (packet.icmpType !== null) view.setUint8(at, ICMP_TYPES[packet.icmpType] ?? 0);
  if (packet.tcpFlags !== null) {
    view.setUint8(at + 12, 0x50);
    view.setUint8(at + 13, packet.tcpFlags);
  }
}

function protocolNumber(name: string | null): number {
  return name === null ? 0 : (PROTOCOL_NUMBERS[name] ?? (Number(name) || 0));
}

function ipv4Words(text: string): number[] {
  return text.split('.').map(Number);
}

/** Eight groups of an address as nft prints it, "::" and dotted ends included. */
export function ipv6Groups(text: string): number[] {
  const dotted = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [a * 256 + Number(b), c * 256 + Number(d)].map(word => word.toString(16)).join(':'),
  );
  const [head = '', tail] = dotted.split('::');
  const groupsOf = (part: string): number[] =>
    part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16));
  const [start, end] = [groupsOf(head), groupsOf(tail ?? '')];
  return [...start, ...Array<number>(Math.max(0, 8 - start.length - end.length)).fill(0), ...end];
}
