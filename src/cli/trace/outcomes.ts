import { InvalidArgumentError } from 'commander';
import { isBenignDrop, placeHint, reasonEntry } from '../../diagnose/index.ts';
import type { Outcome, SkbEnd } from '../../events/index.ts';
import type { TraceTally } from '../../render/index.ts';
import type { Journey } from '../../trail/index.ts';

export const OUTCOMES: readonly Outcome[] = ['dropped', 'delivered', 'sent', 'consumed', 'queued', 'lost'];

/** "dropped" or "dropped,lost"; may be repeated. */
export function parseOutcomes(text: string, previous: readonly Outcome[] = []): readonly Outcome[] {
  const words = text.split(',').filter(word => word !== '');
  const wrong = words.find(word => !OUTCOMES.includes(word as Outcome));
  if (wrong !== undefined || words.length === 0)
    throw new InvalidArgumentError(`It must be one of ${OUTCOMES.join(', ')}.`);
  return [...previous, ...(words as Outcome[])];
}

type ReasonRow = TraceTally['reasons'][number];

/** Counts how packets ended, and why they were dropped. */
export class Outcomes {
  private readonly counts: Map<Outcome, number> = new Map();
  private readonly reasons: Map<string, { count: number; row: ReasonRow }> = new Map();
  private readonly hints: boolean;

  constructor(hints: boolean) {
    this.hints = hints;
  }

  add({ end, looks }: Journey): void {
    this.counts.set(end.outcome, (this.counts.get(end.outcome) ?? 0) + 1);
    const packet = looks.at(-1)?.packet ?? null;
    if (end.outcome === 'dropped' && !isBenignDrop({ ...end.end, packet }).benign) this.drop(end.end);
  }

  tally(): TraceTally {
    return {
      outcomes: this.counts,
      reasons: [...this.reasons.values()].map(({ count, row }) => ({ ...row, count })),
    };
  }

  private drop(end: SkbEnd): void {
    const { reason, subsystem, function: name } = end;
    if (reason === null) return;
    const key = `${subsystem}:${reason}`;
    const known = this.reasons.get(key);
    if (known) {
      known.count++;
      return;
    }
    const entry = this.hints ? reasonEntry(subsystem ?? 'core', reason) : undefined;
    const remedy = this.hints ? placeHint({ reason, subsystem, function: name }) : undefined;
    const row = {
      reason: subsystem === 'core' ? reason : key,
      count: 1,
      meaning: entry?.meaning ?? null,
      remedy: remedy ?? entry?.remedy ?? null,
    };
    this.reasons.set(key, { count: 1, row });
  }
}
