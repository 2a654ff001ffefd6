import type { Sure } from '../causes/cause.ts';
import type { FactName } from '../facts/catalogue.ts';
import type { FactValue } from '../facts/fact.ts';
import type { Flow } from '../facts/incident.ts';
import type { Seen, Unseen } from './evidence.ts';

export interface Where {
  readonly function: string | null;
  readonly ifname: string | null;
  readonly netns: number | null;
  readonly netnsName: string | null;
  readonly rule: string | null;
}

/** One line of evidence. */
export interface EvidenceLine {
  readonly fact: FactName;
  readonly value: FactValue;
  readonly source: string;
  readonly time: string;
}

/** What a fix changes and risks; `run` is the same text as in `fix`. */
export interface Advice {
  readonly run: string;
  readonly changes: string;
  readonly risk: string | null;
  readonly hostWide: boolean;
}

export interface FoundCause {
  readonly id: string;
  readonly title: string;
  readonly sure: Sure;
  readonly says: string;
  readonly where: Where;
  readonly evidence: readonly EvidenceLine[];
  /** Commands as they are to be typed, each in the right namespace; least change first. */
  readonly fix: readonly string[];
  readonly check: readonly string[];
  readonly packets: number;
  readonly flows: readonly Flow[];
  /** One per fix. */
  readonly advice: readonly Advice[];
  /** Facts that nobody collected and that would decide; [] when it is sure. */
  readonly unknown: readonly FactName[];
  /** What would settle it; [] when it is certain. */
  readonly settles: readonly string[];
}

/** Symptoms that no cause explains. */
export interface Unexplained {
  readonly kind: string;
  readonly reason: string | null;
  readonly where: Where;
  readonly packets: number;
  readonly flows: readonly Flow[];
}

/** The answer. The shape is docs/schema/verdict.schema.json. */
export interface Verdict {
  readonly type: 'verdict';
  readonly time: string;
  readonly verdict: 'problem' | 'healthy' | 'unknown';
  /** The first is the one to act on. */
  readonly causes: readonly FoundCause[];
  readonly unexplained: readonly Unexplained[];
  readonly unseen: readonly Unseen[];
  readonly seen: Seen;
  readonly lost: number;
}

/** 0 healthy, 1 problem, 3 could not tell. */
export const VERDICT_EXIT: Readonly<Record<Verdict['verdict'], number>> = {
  healthy: 0,
  problem: 1,
  unknown: 3,
};
