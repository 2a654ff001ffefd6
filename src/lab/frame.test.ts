import { describe, expect, it } from 'vitest';
import { decodePacket } from '../packet/index.ts';
import { addressOf, type Ends, frameOf, packetOf, tcpOf, udpOf } from './frame.ts';

const MACS = { srcMac: '02:00:00:00:00:01', dstMac: '02:00:00:00:00:02' };
const FAMILIES: readonly [string, Ends][] = [
  ['ipv4', { ...MACS, src: '10.99.0.1', dst: '10.99.0.2' }],
  ['ipv6', { ...MACS, src: 'fd99::1', dst: 'fd99:1::fe' }],
];

/** The Internet checksum over the pseudo header and the segment: all ones when it is right. */
function sumOf({ src, dst }: Ends, protocol: number, bytes: Uint8Array): number {
  const all = [
    ...addressOf(src),
    ...addressOf(dst),
    0,
    protocol,
    bytes.length >> 8,
    bytes.length & 255,
    ...bytes,
  ];
  if (all.length % 2) all.push(0);
  let sum = 0;
  for (let at = 0; at < all.length; at += 2) sum += (all[at]! << 8) | all[at + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

describe.each(FAMILIES)('frames of our own making, %s', (family, ends) => {
  it('are UDP datagrams that decode, with a right checksum', () => {
    const udp = udpOf(ends, 1000, 53, new Uint8Array([1, 2, 3]));
    const packet = decodePacket(frameOf(ends, packetOf(ends, udp)), 'ethernet');
    expect(packet).toMatchObject({
      family,
      protocol: 'udp',
      src: ends.src,
      dst: ends.dst,
      sport: 1000,
      dport: 53,
    });
    expect(sumOf(ends, 17, udp.bytes)).toBe(0xffff);
  });

  it('are TCP segments that decode, with a right checksum', () => {
    const tcp = tcpOf(ends, { sport: 5, dport: 6, seq: 7, ack: 8, flags: 0x18, payload: new Uint8Array(4) });
    const packet = decodePacket(frameOf(ends, packetOf(ends, tcp)), 'ethernet');
    expect(packet).toMatchObject({ protocol: 'tcp', seq: 7, ack: 8, tcpFlags: 'PA', payload: 4 });
    expect(sumOf(ends, 6, tcp.bytes)).toBe(0xffff);
  });

  it('carry tags and come in fragments', () => {
    const udp = udpOf(ends, 1000, 53, new Uint8Array(16));
    expect(decodePacket(frameOf(ends, packetOf(ends, udp), 7), 'ethernet')).toMatchObject({
      vlan: [7],
      dport: 53,
    });
    const first = packetOf(
      ends,
      { protocol: 17, bytes: udp.bytes.slice(0, 16) },
      { id: 3, offset: 0, more: true },
    );
    expect(decodePacket(frameOf(ends, first), 'ethernet')?.fragment).toBeDefined();
  });
});
