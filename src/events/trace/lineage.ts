/**
 * How another sk_buff came to carry the packet, or part of it:
 * `clone` shares the bytes; `copy` and `realloc` have new ones; `segment` (GSO) and `fragment` (IP) carry a part;
 * `merge` (GRO) and `reassemble` put a packet into another; `retransmit` is the same data sent again.
 */
export type LineageKind =
  | 'clone'
  | 'copy'
  | 'realloc'
  | 'segment'
  | 'fragment'
  | 'merge'
  | 'reassemble'
  | 'retransmit';

/** Parent and child of one packet. */
export interface LineageEvent {
  readonly type: 'lineage';
  readonly time: string;
  readonly ts: number;
  readonly cpu: number;
  /** The child's; for `merge` and `reassemble` that of the packet that goes into another. */
  readonly trail: number;
  /** The parent's; the same as `trail` but for `merge`, `reassemble` and `retransmit`; null when it is not followed. */
  readonly parent: number | null;
  readonly kind: LineageKind;
  /** Child's address. */
  readonly skb: string;
  readonly parentSkb: string | null;
  /** Function that did it. */
  readonly function: string;
}
