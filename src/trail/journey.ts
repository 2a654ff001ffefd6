import type { HopEvent, LineageEvent, LookEvent, StageName, TrailEnd } from '../events/index.ts';

/** A hop with the look in force when it happened. */
export interface JourneyHop {
  readonly hop: HopEvent;
  /** null only when the look's record was lost. */
  readonly look: LookEvent | null;
}

/** Something said about a journey that no single hop says. */
export interface JourneyNote {
  readonly kind:
    | 'redirect-peer'
    | 'redirect-neigh'
    | 'redirect'
    | 'redirect-ingress'
    | 'merged'
    | 'reassembled'
    | 'same-data-again';
  /** "moved straight into pod's eth0: …" */
  readonly text: string;
  /** Index in `steps` of the hop it belongs to. */
  readonly at: number;
}

/** One packet's whole way: plain data, complete once `end` is there. */
export interface Journey {
  readonly trail: number;
  /** In the order of their time stamps. */
  readonly steps: readonly JourneyHop[];
  /** The first one says what the packet was when it was first seen. */
  readonly looks: readonly LookEvent[];
  readonly lineage: readonly LineageEvent[];
  readonly notes: readonly JourneyNote[];
  readonly end: TrailEnd;
  /** Hops that were seen but are not in `steps`: a journey keeps its first 4096. */
  readonly hopsLeftOut: number;
}

/** Steps of one skb in one stage, one after another: what the short form prints as a line. */
export interface StageRun {
  readonly stage: StageName;
  readonly skb: string;
  readonly from: number;
  /** Index behind the last step. */
  readonly to: number;
}
