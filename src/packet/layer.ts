import type { Inner, Packet } from './packet.ts';

/** What the first byte belongs to: an Ethernet header, or what this ethertype says. */
export type From = 'ethernet' | number;

/** Where decoding stands: bytes up to `end` may be read. */
export interface Layer {
  readonly bytes: Uint8Array;
  readonly packet: Packet;
  readonly end: number;
  /** Decodes the packet inside this one, unless too many are around it already. */
  readonly inside: (layer: Layer, at: number, from: From, tunnel: Inner['tunnel'], vni?: number) => void;
  readonly depth: number;
}

/** Decodes from `at` on, as far as the bytes go. */
export type Decoder = (layer: Layer, at: number) => void;

/** True when `need` bytes are there; else the packet is marked as cut. */
export function has(layer: Layer, at: number, need: number): boolean {
  if (at + need <= layer.end) return true;
  layer.packet.truncated = true;
  return false;
}
