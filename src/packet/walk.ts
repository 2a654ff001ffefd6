import type { Draft, Packet } from './packet.ts';

/** The first header: Ethernet, IP of either version, or whatever an ethertype (host order) names. */
export type FirstLayer = 'ethernet' | 'ip' | number;

/** A decoder's position. */
export interface Walk {
  readonly bytes: Uint8Array;
  at: number;
  /** Bytes from here on are not there, or are padding. */
  end: number;
  /** Where the packet ends by its own headers: may lie behind `end` when it was cut. */
  announced: number;
  /** Packets around this one. */
  readonly depth: number;
  readonly packet: Draft;
  /** Decodes the packet that starts at walk.at; undefined when too many are nested. */
  readonly nest: (walk: Walk, from: FirstLayer) => Packet | undefined;
}

/** Reads one header at walk.at into walk.packet and goes on with the next. Never throws. */
export type Decode = (walk: Walk) => void;

/** Packets inside packets that are followed. */
export const MAX_DEPTH = 4;

/** True, and noted in the packet, when fewer than `bytes` are left. */
export function isShort(walk: Walk, bytes: number): boolean {
  if (walk.end - walk.at >= bytes) return false;
  walk.packet.truncated = true;
  return true;
}

export function u16At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function u24At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

export function u32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
