import { describe, expect, it } from 'vitest';
import type { Outcome, TraceEnd } from '../../events/index.ts';
import type { Journey } from '../../trail/index.ts';
import { chosen } from './choose.ts';
import type { TraceOptions, TraceReport } from './trace-options.ts';

const OPTIONS: TraceOptions = { time: 'relative', set: 'stages', hints: true };
const END = { type: 'end', why: 'stopped' } as TraceEnd;

function journey(trail: number, outcome: Outcome): Journey {
  const hop = (ts: number): unknown => ({ hop: { ts, trail }, look: null });
  const look = { ts: 2, trail };
  return {
    trail,
    steps: [hop(1), hop(3)],
    looks: [look],
    lineage: [],
    end: { outcome },
  } as unknown as Journey;
}

/** Writes down what reaches it. */
function recording(): { report: TraceReport; told: string[]; ends: TraceEnd[] } {
  const told: string[] = [];
  const ends: TraceEnd[] = [];
  const report: TraceReport = {
    hop: ({ hop }) => told.push(`hop ${hop.trail} ${hop.ts}`),
    look: ({ trail, ts }) => told.push(`look ${trail} ${ts}`),
    journey: ({ trail }) => told.push(`journey ${trail}`),
    count: ({ trail }) => told.push(`count ${trail}`),
    end: end => ends.push(end),
  };
  return { report, told, ends };
}

describe('chosen', () => {
  it('counts and shows everything when nothing is chosen', () => {
    const { report, told } = recording();
    const sink = chosen(report, OPTIONS, new AbortController());
    sink.hop?.({ hop: { trail: 1, ts: 1 } } as never);
    sink.journey?.(journey(1, 'sent'));
    expect(told).toEqual(['hop 1 1', 'count 1', 'journey 1']);
  });

  it('holds events back until their packet has ended as wanted, and tells them in order', () => {
    const { report, told } = recording();
    const sink = chosen(report, { ...OPTIONS, only: ['dropped'] }, new AbortController());
    expect(sink.hop).toBeUndefined();
    sink.journey?.(journey(1, 'delivered'));
    sink.journey?.(journey(2, 'dropped'));
    expect(told).toEqual(['count 1', 'count 2', 'hop 2 1', 'look 2 2', 'hop 2 3', 'journey 2']);
  });

  it('stops when as many as wanted were shown, and says so', () => {
    const { report, told, ends } = recording();
    const full = new AbortController();
    const sink = chosen(report, { ...OPTIONS, only: ['dropped', 'lost'], limit: 2 }, full);
    for (const [trail, outcome] of ['dropped', 'sent', 'lost'].entries()) {
      expect(full.signal.aborted).toBe(false);
      sink.journey?.(journey(trail, outcome as Outcome));
    }
    expect(full.signal.aborted).toBe(true);
    sink.journey?.(journey(9, 'dropped'));
    expect(told.filter(line => line.startsWith('journey'))).toEqual(['journey 0', 'journey 2']);
    sink.end(END);
    expect(ends).toMatchObject([{ why: 'limit' }]);
  });
});
