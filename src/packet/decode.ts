import { type From, has, type Layer } from './layer.ts';
import { decodeEthernet, decodeEthertype } from './link.ts';
import type { Inner, Packet } from './packet.ts';

/** Packets inside packets that are followed; deeper ones are left as payload. */
const MOST_DEPTH = 3;

/**
 * Decodes as far as the bytes go; never throws. `from` says what byte 0 belongs to: an Ethernet header, or the
 * header that this ethertype (host order) announces.
 */
export function decodePacket(bytes: Uint8Array, from: From): Packet {
  return decodeAt(bytes, 0, from, 0);
}

function decodeAt(bytes: Uint8Array, at: number, from: From, depth: number): Packet {
  const packet: Packet = { family: 'other', protocol: 'unknown' };
  const layer: Layer = { bytes, packet, end: bytes.length, inside, depth };
  if (from === 'ethernet') decodeEthernet(layer, at);
  else decodeEthertype(layer, at, from);
  return packet;
}

function inside(layer: Layer, at: number, from: From, tunnel: Inner['tunnel'], vni?: number): void {
  if (layer.depth >= MOST_DEPTH || !has(layer, at, 1)) return;
  const packet = decodeAt(layer.bytes, at, from, layer.depth + 1);
  layer.packet.inner = vni === undefined ? { tunnel, packet } : { tunnel, vni, packet };
}
