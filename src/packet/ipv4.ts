import { ipv4Text } from './addresses.ts';
import { u16 } from './bytes.ts';
import { has, type Layer } from './layer.ts';
import { protocolName } from './names.ts';
import { decodeProtocol } from './protocols.ts';

const MIN_HEADER = 20;
const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;

export function decodeIpv4(layer: Layer, at: number): void {
  const { bytes, packet } = layer;
  packet.family = 'ipv4';
  if (!has(layer, at, MIN_HEADER)) return;
  const header = (bytes[at]! & 15) * 4;
  packet.protocol = protocolName(bytes[at + 9]!);
  packet.src = ipv4Text(bytes, at + 12);
  packet.dst = ipv4Text(bytes, at + 16);
  packet.ttl = bytes[at + 8]!;
  packet.id = u16(bytes, at + 4);
  const flags = u16(bytes, at + 6);
  if (flags & DONT_FRAGMENT) packet.dontFragment = true;
  const offset = (flags & FRAGMENT_OFFSET) * 8;
  const more = (flags & MORE_FRAGMENTS) !== 0;
  if (more || offset > 0) packet.fragment = { offset, more, id: packet.id };
  if (header < MIN_HEADER) {
    packet.truncated = true;
    return;
  }
  if (offset > 0) return;
  decodeProtocol(layer, at + header, bytes[at + 9]!, u16(bytes, at + 2) - header);
}
