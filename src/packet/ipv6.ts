import { ipv6Text } from './addresses.ts';
import { u16, u32 } from './bytes.ts';
import { has, type Layer } from './layer.ts';
import { protocolName } from './names.ts';
import { decodeProtocol } from './protocols.ts';

const HEADER = 40;
const FRAGMENT = 44;
const AH = 51;
/** Hop-by-hop, routing, destination options, mobility: length in units of 8 bytes, less one. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60, 135]);
const MOST_EXTENSIONS = 16;

export function decodeIpv6(layer: Layer, at: number): void {
  const { bytes, packet } = layer;
  packet.family = 'ipv6';
  if (!has(layer, at, HEADER)) return;
  packet.src = ipv6Text(bytes, at + 8);
  packet.dst = ipv6Text(bytes, at + 24);
  packet.ttl = bytes[at + 7]!;
  walk(layer, at + HEADER, bytes[at + 6]!, u16(bytes, at + 4));
}

/** Follows extension headers to the transport header; `left` is what the IPv6 header promises from `at` on. */
function walk(layer: Layer, start: number, first: number, payload: number): void {
  const { bytes, packet } = layer;
  let [at, next, left] = [start, first, payload];
  packet.protocol = protocolName(next);
  for (let count = 0; count < MOST_EXTENSIONS && isExtension(next); count++) {
    if (!has(layer, at, 8)) return;
    if (next === FRAGMENT && !takeFragment(layer, at)) {
      packet.protocol = protocolName(bytes[at]!);
      return;
    }
    const size = sizeOf(next, bytes[at + 1]!);
    next = bytes[at]!;
    at += size;
    left -= size;
    packet.protocol = protocolName(next);
  }
  decodeProtocol(layer, at, next, left);
}

function isExtension(next: number): boolean {
  return next === FRAGMENT || next === AH || EXTENSIONS.has(next);
}

function sizeOf(next: number, length: number): number {
  if (next === FRAGMENT) return 8;
  return next === AH ? (length + 2) * 4 : (length + 1) * 8;
}

/** True when this is the first fragment, which holds the transport header. */
function takeFragment({ bytes, packet }: Layer, at: number): boolean {
  const word = u16(bytes, at + 2);
  packet.fragment = { offset: word & 0xfff8, more: (word & 1) !== 0, id: u32(bytes, at + 4) };
  return packet.fragment.offset === 0;
}
