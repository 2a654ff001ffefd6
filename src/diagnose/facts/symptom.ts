import type { DropEvent } from '../../events/index.ts';

/** Headers of a packet, as the packet room decodes them. */
export type Headers = NonNullable<DropEvent['packet']>;

/**
 * drop: freed as a loss; reset: a TCP RST sent or accepted; lookup: a route lookup that failed without a packet;
 * counter: a counter moved and no packet was seen (made from facts, see counterSymptoms); none: the judge's own,
 * for a watch that saw nothing wrong.
 */
export type SymptomKind = 'drop' | 'reset' | 'lookup' | 'counter' | 'none';

/** One thing that went wrong, however it was learned. Plain data. */
export interface Symptom {
  readonly kind: SymptomKind;
  /** How it was learned, for a person: "tracepoint skb:kfree_skb". */
  readonly source: string;
  /** Wall time, ISO 8601, UTC. */
  readonly time: string;
  /** Drop or reset reason without prefix; error of a lookup ("ENETUNREACH"); fact name of a counter; null unknown. */
  readonly reason: string | null;
  /** Of drop reasons: "core" or who registered it. */
  readonly subsystem: string | null;
  /** Kernel function, of drops the location, of resets the sender; null when unknown. */
  readonly function: string | null;
  /** "name+0xoffset", innermost first; [] when not taken. */
  readonly stack: readonly string[];
  readonly netns: number | null;
  readonly netnsName: string | null;
  readonly ifname: string | null;
  /** Belongs to normal operation. */
  readonly benign: boolean;
  /** Of a drop: the packet. Of a reset sent in answer: the segment that was answered; of other resets: the RST. */
  readonly packet: Headers | null;
  /** Of resets only. */
  readonly direction: 'sent' | 'received' | null;
  /** TCP state of the socket concerned as the kernel spells it ("ESTABLISHED"); "NONE" without socket; null unknown. */
  readonly state: string | null;
  /** How many times; 1 for an event. */
  readonly count: number;
}

/** A drop event as a symptom. */
export function symptomOfDrop(drop: DropEvent, source = 'tracepoint skb:kfree_skb'): Symptom {
  const { time, reason, subsystem, stack, netns, netnsName, ifname, benign, packet } = drop;
  return {
    kind: 'drop',
    source,
    ...{ time, reason, subsystem, function: drop.function, stack, netns, netnsName, ifname, benign, packet },
    direction: null,
    state: null,
    count: 1,
  };
}
