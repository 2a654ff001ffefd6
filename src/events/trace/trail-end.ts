/**
 * What became of a packet: `delivered` to a socket or to the kernel's own protocol code; `dropped` by kfree_skb;
 * `sent` out by a device that is not this machine's own virtual wire; `consumed` without being a drop or a delivery
 * (merged, answered, stolen by an action); `queued`: still there when the run ended; `lost`: lost sight of.
 */
export type Outcome = 'delivered' | 'dropped' | 'sent' | 'consumed' | 'queued' | 'lost';

/** Where and how one sk_buff of a trail ended. */
export interface SkbEnd {
  readonly skb: string;
  readonly outcome: Outcome;
  /** Function that ended it: the dropping one, the socket's, the driver's; null when lost. */
  readonly function: string | null;
  readonly module: string | null;
  /** Bytes into that function, for drops. */
  readonly offset: number | null;
  /** Drop reason; null for other outcomes. */
  readonly reason: string | null;
  readonly subsystem: string | null;
  readonly ifname: string | null;
  readonly netns: number | null;
  readonly netnsName: string | null;
  /** A sentence for `consumed`, `queued` and `lost`: "merged into trail 7", "waiting in a qdisc", "its data was …". */
  readonly why: string | null;
}

/** Last event of a trail. */
export interface TrailEnd {
  readonly type: 'end-of-trail';
  readonly time: string;
  readonly ts: number;
  readonly trail: number;
  /** The best of its sk_buffs: delivered, sent, dropped, queued, consumed, lost in this order. */
  readonly outcome: Outcome;
  /** Of the sk_buff that decided the outcome. */
  readonly end: SkbEnd;
  /** Of every sk_buff of the trail: one per clone, fragment, segment. */
  readonly ends: readonly SkbEnd[];
  readonly hops: number;
  /** Records of this trail that found the buffer full are not in here; the run's account has the total. */
  readonly durationNs: number;
}
