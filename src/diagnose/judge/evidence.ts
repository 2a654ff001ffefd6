import type { Unavailable } from '../../base/index.ts';
import type { Fact, Gap } from '../facts/fact.ts';
import type { Incident } from '../facts/incident.ts';

/** A network namespace and how a command gets into it. */
export interface Namespace {
  readonly inode: number;
  readonly name: string;
  /** host, own: commands run as they are; named: `ip netns exec NAME`; else nsenter with `path`. */
  readonly kind: 'host' | 'own' | 'named' | 'container' | 'process';
  /** A file that opens it. */
  readonly path: string;
}

/** What the observation amounted to. */
export interface Seen {
  /** Matching packets that passed a gate (or events, without gates); null when nobody counted. */
  readonly packets: number | null;
  /** Drops, benign ones included. */
  readonly dropped: number;
  readonly benign: number;
  /** Resets sent and received. */
  readonly resets: number;
}

/** Everything a judge is given. Plain data: it can be recorded and judged again elsewhere. */
export interface Evidence {
  /** When the watch ended, ISO 8601, UTC. */
  readonly time: string;
  /** The packet filter; null for the whole machine. */
  readonly filter: string | null;
  readonly incidents: readonly Incident[];
  readonly facts: readonly Fact[];
  readonly gaps: readonly Gap[];
  readonly namespaces: readonly Namespace[];
  readonly seen: Seen;
  /** Events that were lost. */
  readonly lost: number;
  /** What could not be observed at all. Drops or resets missing here make a clean bill of health impossible. */
  readonly unseen: readonly Unseen[];
}

/** Something that could not be observed, in the verdict's words. */
export interface Unseen {
  readonly what: string;
  readonly why: string;
  readonly instead: string;
  readonly since?: string;
  /** Without it "nothing was dropped" cannot be said. */
  readonly essential?: boolean;
}

export function unseenOf({ what, why, instead, since }: Unavailable, essential = false): Unseen {
  return {
    ...{ what, why, instead },
    ...(since === undefined ? {} : { since }),
    ...(essential ? { essential } : {}),
  };
}
