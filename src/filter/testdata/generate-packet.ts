import type { Random } from './random.ts';

/** Few enough that expressions over the same values meet packets. */
export const IPV4 = ['10.0.0.1', '10.0.0.2', '10.0.1.2', '192.0.2.7', '192.0.2.8', '224.0.0.5', '255.255.255.255'];
export const IPV6 = ['fe80::1', 'ff02::2', '2001:db8::1', '2001:db8::2', '2001:db8:1::2', '::1'];
export const PORTS = [22, 53, 80, 443, 1000, 5000, 8100, 65535];
export const MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02', 'ff:ff:ff:ff:ff:ff', '01:80:c2:00:00:00'];
export const VLANS = [1, 100, 200, 4094];
export const PROTOCOLS = [1, 2, 4, 6, 17, 33, 41, 47, 50, 51, 58, 89, 103, 112, 132, 253];

export interface Frame {
  /** From the Ethernet header on, tags in the bytes. */
  readonly bytes: Uint8Array;
  /** Bytes before the network header: 14 and 4 for each tag. */
  readonly linkBytes: number;
}

/** Well-formed and odd frames alike; one in ten is cut somewhere. */
export function randomFrame(random: Random): Frame {
  const tags = random.chance(25) ? 1 + random.below(2) : 0;
  const [type, payload] = randomPayload(random);
  const bytes = [...mac(random.of(MACS)), ...mac(random.of(MACS))];
  for (let tag = 0; tag < tags; tag++)
    bytes.push(...u16(tag < tags - 1 && random.chance(50) ? 0x88a8 : 0x8100), ...u16(random.below(8) * 0x2000 + random.of(VLANS)));
  bytes.push(...u16(type), ...payload);
  if (random.chance(30)) bytes.push(...random.bytes(random.below(80)));
  const end = random.chance(12) ? 14 + random.below(Math.max(1, bytes.length - 14)) : bytes.length;
  return { bytes: Uint8Array.from(bytes.slice(0, end)), linkBytes: 14 + tags * 4 };
}

function randomPayload(random: Random): [type: number, bytes: number[]] {
  const pick = random.below(100);
  if (pick < 50) return [0x0800, ipv4Packet(random, 0)];
  if (pick < 80) return [0x86dd, ipv6Packet(random, 0)];
  if (pick < 88) return [random.of([0x0806, 0x8035]), arpPacket(random)];
  if (pick < 92) return [random.of([0x8847, 0x8864, 0x88cc, 0x9000]), [...random.bytes(random.below(60))]];
  if (pick < 96) return [random.below(1500), [0x42, 0x42, 3, ...random.bytes(random.below(50))]];
  return [random.of([0x0800, 0x86dd]), [...random.bytes(random.below(100))]];
}

export function ipv4Packet(random: Random, depth: number): number[] {
  const options = random.chance(25) ? random.below(11) * 4 : 0;
  const protocol = random.of([6, 6, 6, 17, 17, 17, 1, 132, ...PROTOCOLS]);
  const payload = transport(random, protocol, depth);
  const place = random.chance(20) ? (random.chance(50) ? 0x2000 : 0) | random.below(4) : random.chance(50) ? 0x4000 : 0;
  return [
    0x40 | (5 + options / 4), random.below(256), ...u16(20 + options + payload.length), ...u16(random.below(65536)),
    ...u16(place), random.of([1, 64, 255]), protocol, ...u16(random.below(65536)),
    ...ipv4(random.of(IPV4)), ...ipv4(random.of(IPV4)), ...random.bytes(options), ...payload,
  ];
}

export function ipv6Packet(random: Random, depth: number): number[] {
  const protocol = random.of([6, 6, 6, 17, 17, 17, 58, 132, ...PROTOCOLS]);
  let next = protocol;
  let bytes = transport(random, protocol, depth);
  for (let count = random.chance(30) ? 1 + random.below(3) : 0; count > 0; count--) {
    const kind = random.of([0, 43, 44, 60, 51]);
    bytes = [...extensionHeader(random, kind, next), ...bytes];
    next = kind;
  }
  return [
    0x60 | random.below(16), random.below(256), 0, 0, ...u16(bytes.length), next, random.of([1, 64, 255]),
    ...ipv6(random.of(IPV6)), ...ipv6(random.of(IPV6)), ...bytes,
  ];
}

function extensionHeader(random: Random, kind: number, next: number): number[] {
  if (kind === 44) return [next, 0, ...u16(random.chance(60) ? random.below(2) : random.below(8) * 8), ...random.bytes(4)];
  if (kind === 51) return [next, 1, ...random.bytes(10)];
  const eights = random.below(3);
  return [next, eights, ...random.bytes(6 + eights * 8)];
}

function transport(random: Random, protocol: number, depth: number): number[] {
  const ports = [...u16(random.of(PORTS)), ...u16(random.of(PORTS))];
  const data = [...random.bytes(random.below(40))];
  if (protocol === 6) return [...ports, ...random.bytes(8), 0x50 | random.below(16), random.below(256), ...random.bytes(6), ...data];
  if (protocol === 17 || protocol === 136) return [...ports, ...u16(8 + data.length), ...random.bytes(2), ...data];
  if (protocol === 132) return [...ports, ...random.bytes(8), ...data];
  if (protocol === 1) return [random.of([0, 3, 5, 8, 11, 13]), random.below(4), ...random.bytes(6), ...data];
  if (protocol === 58) return [random.of([1, 2, 3, 128, 129, 133, 134, 135, 136]), random.below(4), ...random.bytes(22), ...data];
  if (protocol === 4 && depth < 2) return ipv4Packet(random, depth + 1);
  if (protocol === 41 && depth < 2) return ipv6Packet(random, depth + 1);
  return [...random.bytes(8), ...data];
}

function arpPacket(random: Random): number[] {
  return [
    0, 1, 8, 0, 6, 4, ...u16(1 + random.below(3)),
    ...mac(random.of(MACS)), ...ipv4(random.of(IPV4)), ...mac(random.of(MACS)), ...ipv4(random.of(IPV4)),
  ];
}

export function u16(value: number): [number, number] {
  return [(value >> 8) & 255, value & 255];
}

export function mac(text: string): number[] {
  return text.split(':').map(part => Number.parseInt(part, 16));
}

export function ipv4(text: string): number[] {
  return text.split('.').map(Number);
}

export function ipv6(text: string): number[] {
  const [head = '', tail = ''] = text.split('::');
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].flatMap(u16);
}
