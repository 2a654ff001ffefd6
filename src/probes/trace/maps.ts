// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { MAP_FLAGS } from '../../abi/index.ts';
import type { MapSpec } from '../../asm/index.ts';

/** Fixed words shared with user space, each in a cache line of its own. */
export const STATE_AT = {
  /** u64: heads in the table of followed packets. Zero: every follower leaves at once. */
  tracked: 0,
  /** u64: trails begun so far. */
  trails: 64,
  /** u64: matched while the table was full. */
  notFollowed: 128,
  /** u64: records that found the ring full. */
  lost: 192,
  /** u32 per probe number from here on, or where programs only know addresses per lossCounterOf: the same by probe. */
  lostByProbe: 256,
  /** Per CPU a CPU_SLOT: the packet whose bytes were released last. */
  released: 33_024,
  /** The same, of tracepoints alone: the packet that is inside GRO just now. */
  entered: 41_216,
  /** The same: the packet that was received last. */
  received: 49_408,
} as const;

/** What a CPU remembers of a packet: sk_buff (0: none that is followed), its bytes, its trail. `bytes`: a power of two. */
export const CPU_SLOT = { bytes: 32, at: { skb: 0, head: 8, trail: 16 } } as const;

/** Probe numbers with a loss counter of their own; a power of two. */
export const LOSS_COUNTERS = 8192;

/** Functions begin at multiples of 16. */
export const ADDRESS_SHIFT = 4;

/** Number of the loss counter of a function that is known by the low half of its address; several may share one. */
export function lossCounterOf(address: number): number {
  return (address >>> ADDRESS_SHIFT) & (LOSS_COUNTERS - 1);
}

/** CPUs that have places of their own; more share them. A power of two. */
export const CPU_SLOTS = 256;

/** A packet being followed: what the map keeps for an address of skb->head. */
export const TRACKED_AT = {
  trail: 0,
  /** Bits of TRACKED_FLAG. */
  flags: 4,
  firstSeen: 8,
  lastSeen: 16,
  /** The sk_buff of the last hop; 0 once it was freed. */
  skb: 24,
  /** What a look compares: KEY_WORDS words. */
  key: 32,
} as const;
export const TRACKED_FLAG = { received: 1 } as const;

/** Of a look's key in words: device, mark and length, connection, shape, then the first bytes of the packet. */
export const SKB_WORDS = 4;
export const PACKET_WORDS = 6;
export const KEY_BYTES: number = (SKB_WORDS + PACKET_WORDS) * 8;
export const TRACKED_BYTES: number = TRACKED_AT.key + KEY_BYTES;

/** A call that is under way, by the stack pointer it will have after its return. */
export const PENDING_AT = { trail: 0, shared: 4, skb: 8, head: 16 } as const;
export const PENDING_BYTES = 24;

export interface TraceMaps {
  readonly state: MapSpec;
  readonly tracked: MapSpec;
  readonly pending: MapSpec;
  readonly ring: MapSpec;
  readonly stacks: MapSpec | null;
}

export const STACK_FRAMES = 64;
const STACKS = 16_384;
const PENDING = 8192;

export function traceMaps(options: {
  readonly ringBytes: number;
  readonly maxTracked: number;
  readonly stacks: boolean;
}): TraceMaps {
  return {
    state: {
      name: 'trace_state',
      type: 'array',
      keySize: 4,
      valueSize: STATE_AT.received + CPU_SLOTS * CPU_SLOT.bytes,
      maxEntries: 1,
      flags: MAP_FLAGS.mmapable,
    },
    tracked: {
      name: 'trace_tracked',
      type: 'hash',
      keySize: 8,
      valueSize: TRACKED_BYTES,
      maxEntries: options.maxTracked,
    },
    pending: {
      name: 'trace_pending',
      type: 'hash',
      keySize: 8,
      valueSize: PENDING_BYTES,
      maxEntries: PENDING,
    },
    ring: { name: 'trace_ring', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: options.ringBytes },
    stacks: options.stacks
      ? {
          name: 'trace_stacks',
          type: 'stack_trace',
          keySize: 4,
          valueSize: STACK_FRAMES * 8,
          maxEntries: STACKS,
        }
      : null,
  };
}
