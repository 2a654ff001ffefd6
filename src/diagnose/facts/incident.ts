import type { Headers, SymptomKind } from './symptom.ts';

/** One packet of an incident. */
export interface Sample {
  readonly time: string;
  readonly packet: Headers;
}

/** The two ends that a packet belongs to; the server is the end with the lower port. */
export interface Flow {
  readonly family: string;
  readonly protocol: string;
  readonly src: string | null;
  readonly sport: number | null;
  readonly dst: string | null;
  readonly dport: number | null;
}

/** Key of the judge's own incident when nothing went wrong; facts of the whole watch may be about it. */
export const NO_INCIDENT = 'none';

/** Symptoms alike, joined: the unit that is judged. Plain data. */
export interface Incident {
  /** Made from what its symptoms share, the same in every run: facts name their incident by it. */
  readonly key: string;
  readonly kind: SymptomKind;
  readonly source: string;
  readonly reason: string | null;
  readonly subsystem: string | null;
  readonly function: string | null;
  readonly stack: readonly string[];
  readonly netns: number | null;
  readonly netnsName: string | null;
  readonly ifname: string | null;
  readonly benign: boolean;
  readonly direction: 'sent' | 'received' | null;
  readonly state: string | null;
  readonly count: number;
  readonly first: string;
  readonly last: string;
  /** The earliest few packets; [] for counters. */
  readonly samples: readonly Sample[];
}
