import type { Draft } from './packet.ts';

/** A decoder's position. `end` is where the current layer ends; bytes behind it are padding. */
export interface Walk {
  readonly bytes: Uint8Array;
  at: number;
  end: number;
  /** Packets around this one. */
  readonly depth: number;
  readonly packet: Draft;
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
