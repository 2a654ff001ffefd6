/** Ends of a frame: MAC addresses "02:…" and IP addresses of one family. */
export interface Ends {
  readonly srcMac: string;
  readonly dstMac: string;
  readonly src: string;
  readonly dst: string;
}

export interface Transport {
  /** IP protocol number. */
  readonly protocol: number;
  readonly bytes: Uint8Array;
}

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN = 0x8100;
export const PROTOCOL = { tcp: 6, udp: 17, fragment: 44, experiment: 253 } as const;

/** An Ethernet frame; `vlan` puts a tag in front. */
export function frameOf({ srcMac, dstMac }: Ends, packet: Uint8Array, vlan?: number): Uint8Array {
  const type = packet[0]! >> 4 === 4 ? IPV4 : IPV6;
  const tag = vlan === undefined ? [] : [...u16(VLAN), ...u16(vlan)];
  return Uint8Array.from([...macOf(dstMac), ...macOf(srcMac), ...tag, ...u16(type), ...packet]);
}

/** An IP packet around a payload; `more` and `offset` (bytes) make it a fragment. */
export function packetOf(
  { src, dst }: Ends,
  { protocol, bytes }: Transport,
  fragment?: { readonly id: number; readonly offset: number; readonly more: boolean },
): Uint8Array {
  return src.includes(':')
    ? ipv6Of(src, dst, protocol, bytes, fragment)
    : ipv4Of(src, dst, protocol, bytes, fragment);
}

type Fragment = NonNullable<Parameters<typeof packetOf>[2]>;

function ipv4Of(
  src: string,
  dst: string,
  protocol: number,
  bytes: Uint8Array,
  fragment?: Fragment,
): Uint8Array {
  const offset = fragment ? (fragment.more ? 0x2000 : 0) | (fragment.offset >> 3) : 0;
  const header = [
    ...[0x45, 0, ...u16(20 + bytes.length), ...u16(fragment?.id ?? 0), ...u16(offset)],
    ...[64, protocol, 0, 0, ...addressOf(src), ...addressOf(dst)],
  ];
  header.splice(10, 2, ...u16(checksum(Uint8Array.from(header))));
  return Uint8Array.from([...header, ...bytes]);
}

function ipv6Of(
  src: string,
  dst: string,
  protocol: number,
  bytes: Uint8Array,
  fragment?: Fragment,
): Uint8Array {
  const extension = fragment
    ? [protocol, 0, ...u16(fragment.offset | Number(fragment.more)), ...u32(fragment.id)]
    : [];
  const next = fragment ? PROTOCOL.fragment : protocol;
  const length = extension.length + bytes.length;
  return Uint8Array.from([
    ...[0x60, 0, 0, 0, ...u16(length), next, 64, ...addressOf(src), ...addressOf(dst)],
    ...extension,
    ...bytes,
  ]);
}

/** A UDP datagram with its checksum. */
export function udpOf(ends: Ends, sport: number, dport: number, payload: Uint8Array): Transport {
  const length = 8 + payload.length;
  const bytes = Uint8Array.from([...u16(sport), ...u16(dport), ...u16(length), 0, 0, ...payload]);
  return { protocol: PROTOCOL.udp, bytes: summed(ends, PROTOCOL.udp, bytes, 6) };
}

export interface Segment {
  readonly sport: number;
  readonly dport: number;
  readonly seq: number;
  readonly ack: number;
  /** The header's byte: FIN 1, SYN 2, RST 4, PSH 8, ACK 16. */
  readonly flags: number;
  readonly payload: Uint8Array;
}

/** A TCP segment without options, with its checksum. */
export function tcpOf(ends: Ends, { sport, dport, seq, ack, flags, payload }: Segment): Transport {
  const bytes = Uint8Array.from([
    ...[...u16(sport), ...u16(dport), ...u32(seq), ...u32(ack)],
    ...[0x50, flags, ...u16(0xffff), 0, 0, 0, 0, ...payload],
  ]);
  return { protocol: PROTOCOL.tcp, bytes: summed(ends, PROTOCOL.tcp, bytes, 16) };
}

function summed({ src, dst }: Ends, protocol: number, bytes: Uint8Array, at: number): Uint8Array {
  const pseudo = [...addressOf(src), ...addressOf(dst), ...u32(bytes.length), ...u32(protocol)];
  bytes.set(u16(checksum(Uint8Array.from([...pseudo, ...bytes]))), at);
  return bytes;
}

function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at]! << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function macOf(text: string): number[] {
  return text.split(':').map(part => Number.parseInt(part, 16));
}

/** Bytes of an IPv4 or IPv6 address. */
export function addressOf(text: string): number[] {
  if (!text.includes(':')) return text.split('.').map(Number);
  const [head = '', tail] = text.split('::');
  const [left, right] = [head, tail ?? ''].map(part => part.split(':').filter(word => word !== ''));
  const zeros = tail === undefined ? 0 : 8 - left!.length - right!.length;
  const words = [...left!, ...Array<string>(zeros).fill('0'), ...right!];
  return words.flatMap(word => u16(Number.parseInt(word, 16)));
}

function u16(value: number): [number, number] {
  return [(value >>> 8) & 255, value & 255];
}

function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}
