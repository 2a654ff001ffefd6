import { ETHERTYPES } from '../abi/index.ts';
import { decodeEthernet, decodeEthertype } from './link.ts';
import type { Packet } from './packet.ts';
import { type FirstLayer, MAX_DEPTH, type Walk } from './walk.ts';

/** Reads the headers of a packet. Never throws: what the bytes do not reach is absent, and `truncated` set. */
export function decodePacket(bytes: Uint8Array, from: FirstLayer): Packet {
  return decodeAt(bytes, 0, bytes.length, from, 0);
}

function nest(walk: Walk, from: FirstLayer): Packet | undefined {
  if (walk.depth + 1 >= MAX_DEPTH) return undefined;
  return decodeAt(walk.bytes, walk.at, walk.end, from, walk.depth + 1);
}

function decodeAt(bytes: Uint8Array, at: number, end: number, from: FirstLayer, depth: number): Packet {
  const packet: Packet = { family: 'other', protocol: 'empty', length: end - at };
  const walk: Walk = { bytes, at, end, announced: end, depth, packet, nest };
  if (from === 'ethernet') decodeEthernet(walk);
  else decodeEthertype(walk, from === 'ip' ? ethertypeOf(bytes, at, end) : from);
  return walk.packet;
}

/** By the version in the first byte; 0 for what is no IP. */
function ethertypeOf(bytes: Uint8Array, at: number, end: number): number {
  const version = at < end ? bytes[at]! >> 4 : 0;
  if (version === 4) return ETHERTYPES.ipv4;
  return version === 6 ? ETHERTYPES.ipv6 : 0;
}
