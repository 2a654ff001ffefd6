import type { Packet } from '../packet/index.ts';

/** One packet that the kernel threw away. The shape is the NDJSON contract: docs/schema/events.schema.json. */
export interface DropEvent {
  readonly type: 'drop';
  /** Wall time, ISO 8601 with microseconds, UTC. */
  readonly time: string;
  /** CLOCK_MONOTONIC, ns. */
  readonly ts: number;
  readonly cpu: number;
  /** Name in enum skb_drop_reason or of a subsystem's reason, without prefix; null before 5.17. */
  readonly reason: string | null;
  /** "core", or the subsystem that registered the reason; null before 5.17. */
  readonly subsystem: string | null;
  /** The function that dropped it; null when symbols are hidden. */
  readonly function: string | null;
  /** Bytes into that function. */
  readonly offset: number | null;
  readonly module: string | null;
  /** Return address in that function. */
  readonly location: string;
  /** "name+0xoffset", the dropping function first; empty when not asked for. */
  readonly stack: readonly string[];
  readonly ifname: string | null;
  readonly ifindex: number | null;
  /** Inode of the network namespace. */
  readonly netns: number | null;
  readonly netnsName: string | null;
  readonly mark: number;
  /** Bytes from the network header on. */
  readonly length: number;
  /** Whoever was on the CPU: the sender for local output, anybody in a softirq. */
  readonly process: { readonly pid: number; readonly comm: string };
  /** A drop that belongs to normal operation. */
  readonly benign: boolean;
  readonly skb: string;
  readonly packet: Packet | null;
}

/** Drops counted alike. */
export interface DropCount {
  readonly reason: string | null;
  readonly subsystem: string | null;
  readonly function: string | null;
  readonly offset: number | null;
  readonly module: string | null;
  readonly stack: readonly string[];
  readonly ifname: string | null;
  readonly ifindex: number | null;
  readonly netns: number | null;
  readonly netnsName: string | null;
  readonly benign: boolean;
  readonly count: number;
}

/** Last object of a run. */
export interface DropsEnd {
  readonly type: 'end';
  readonly time: string;
  /** Drops that were printed or counted as asked. */
  readonly events: number;
  /** Matching drops that found the buffer or the map full. */
  readonly lost: number;
  readonly hiddenBenign: number;
  /** All drops of the machine during the run, matching or not. */
  readonly seen: number;
  /** Why the run ended. */
  readonly why: 'stopped' | 'duration' | 'limit' | 'pipe closed';
  /** Seconds between attach and detach. */
  readonly seconds: number;
}
