import type { Unavailable } from '../base/index.ts';

/** Entries alike. */
export interface TallyRow {
  readonly key: string;
  readonly count: number;
  /** Seconds until the first and the last of them are forgotten. */
  readonly shortestTimeout: number;
  readonly longestTimeout: number;
}

/** Who fills a connection table. Rows come largest first. */
export interface ConntrackTally {
  readonly total: number;
  /** Seen in both directions: not evicted when the table is full. */
  readonly assured: number;
  readonly unreplied: number;
  readonly translated: number;
  /** By source address of the first packet. */
  readonly sources: readonly TallyRow[];
  /** By "tcp 10.0.0.2:443". */
  readonly services: readonly TallyRow[];
  /** By "tcp ESTABLISHED", "udp". */
  readonly states: readonly TallyRow[];
}

/** Something worth saying about a table; data, with what to do about it. */
export interface ConntrackFinding {
  /** Stable. */
  readonly id: string;
  readonly level: 'problem' | 'warning' | 'note';
  readonly says: string;
  /** Commands or advice, the least change first. */
  readonly do: readonly string[];
}

/** Health of one namespace's connection table, over an interval. */
export interface ConntrackHealth {
  readonly type: 'conntrack';
  readonly time: string;
  readonly netns: number;
  readonly netnsName: string;
  readonly count: number;
  readonly max: number;
  readonly buckets: number | null;
  /** 0 to 1. */
  readonly fill: number;
  /** Length of the interval. */
  readonly seconds: number;
  /** How far each counter moved in the interval; null where this kernel does not count it. */
  readonly moved: Readonly<Record<string, number | null>>;
  /** Since the namespace was made, or its CPU's counter started over. */
  readonly totals: Readonly<Record<string, number>>;
  /** CPUs on which conntrack dropped packets in the interval. */
  readonly dropCpus: readonly number[];
  readonly tally: ConntrackTally | null;
  readonly findings: readonly ConntrackFinding[];
  /** What could not be read, with the reason. */
  readonly missing: readonly Unavailable[];
}
