import type { JourneyHop, JourneyNote } from './journey.ts';

/** A packet that went on as a part of another one. */
export interface Absorbed {
  readonly kind: 'merged' | 'reassembled';
  /** Its own; that of the one that took it in may be the same. */
  readonly trail: number;
  /** The sk_buff that took it in. */
  readonly skb: string;
  /** Number of the step before which it happened. */
  readonly at: number;
}

const MOST_NAMED = 8;

/** What the one that took them in has to say about it: where its sk_buff is met for the next time. */
export function absorbedNotes(
  absorbed: readonly Absorbed[],
  own: number,
  steps: readonly JourneyHop[],
): readonly JourneyNote[] {
  const groups = new Map<string, { kind: Absorbed['kind']; at: number; trails: number[] }>();
  for (const { kind, trail, skb, at: from } of absorbed) {
    const at = steps.findIndex(({ hop }, index) => index >= from && hop.skb === skb);
    if (at < 0) continue;
    const group = groups.get(`${kind} ${at}`);
    if (group) group.trails.push(trail);
    else groups.set(`${kind} ${at}`, { kind, at, trails: [trail] });
  }
  return [...groups.values()].map(({ kind, at, trails }) => ({
    kind,
    at,
    text: kind === 'merged' ? mergedText(trails, own) : reassembledText(trails, own),
  }));
}

function mergedText(trails: readonly number[], own: number): string {
  const others = trails.filter(trail => trail !== own);
  const count = trails.length === 1 ? 'another packet' : `${trails.length} other packets`;
  return `GRO merged ${count} into this one${others.length === 0 ? '' : `: ${namesOf(others)}`}`;
}

function reassembledText(trails: readonly number[], own: number): string {
  const others = [...new Set(trails)].filter(trail => trail !== own);
  const count = trails.length === 1 ? 'the fragment that was followed' : `${trails.length} fragments`;
  return `reassembled from ${count}${others.length === 0 ? '' : `: this one and ${namesOf(others)}`}`;
}

function namesOf(trails: readonly number[]): string {
  const names = trails.slice(0, MOST_NAMED).map(trail => `#${trail}`);
  const more = trails.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
