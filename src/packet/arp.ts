import { ipv4Text, macText } from './addresses.ts';
import { u16 } from './bytes.ts';
import { has, type Layer } from './layer.ts';

const OPERATIONS: Readonly<Record<number, string>> = { 1: 'who-has', 2: 'is-at' };

/** Ethernet and IPv4 only (RFC 826); others keep their operation. */
export function decodeArp(layer: Layer, at: number): void {
  const { bytes, packet } = layer;
  packet.family = 'arp';
  packet.protocol = 'arp';
  if (!has(layer, at, 28)) return;
  packet.arp = {
    op: OPERATIONS[u16(bytes, at + 6)] ?? `op-${u16(bytes, at + 6)}`,
    senderMac: macText(bytes, at + 8),
    senderIp: ipv4Text(bytes, at + 14),
    targetMac: macText(bytes, at + 18),
    targetIp: ipv4Text(bytes, at + 24),
  };
  packet.src = packet.arp.senderIp;
  packet.dst = packet.arp.targetIp;
}
