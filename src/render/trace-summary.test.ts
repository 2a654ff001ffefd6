import { describe, expect, it } from 'vitest';
import type { TraceEnd } from '../events/index.ts';
import { plainStyle } from './style.ts';
import { type TraceTally, traceSummary } from './trace-summary.ts';

const END: TraceEnd = {
  type: 'end',
  time: '2026-01-31T12:00:05.000000Z',
  trails: 12,
  hops: 340,
  lost: 0,
  lostByProbe: [],
  notFollowed: 0,
  evicted: 0,
  recursionMisses: 0,
  probes: { functions: 146, tracepoints: 18, returns: 19, absent: 78, unprobeable: [] },
  attach: 'kprobe-multi',
  xdp: [],
  why: 'stopped',
  seconds: 5.2,
};
const TALLY: TraceTally = {
  outcomes: new Map([
    ['dropped', 3],
    ['delivered', 9],
  ]),
  reasons: [
    {
      reason: 'NETFILTER_DROP',
      count: 3,
      meaning: 'A netfilter hook returned DROP.',
      remedy: '`nft monitor trace` names the rule.',
    },
  ],
};
const OPTIONS = { style: plainStyle, columns: 110 };

describe('traceSummary', () => {
  it('says what was followed and what became of it', () => {
    expect(traceSummary(END, TALLY, OPTIONS)).toBe(
      'netwhy: 12 packets, 340 hops in 5.2 s: 9 delivered, 3 dropped; no record lost\n' +
        '       3  NETFILTER_DROP  A netfilter hook returned DROP.\n' +
        '                          `nft monitor trace` names the rule.\n',
    );
  });

  it('says everything that was not seen', () => {
    const lossy: TraceEnd = {
      ...END,
      lost: 120,
      lostByProbe: [
        { function: 'ip_rcv', lost: 20 },
        { function: 'tcp_v4_rcv', lost: 100 },
      ],
      notFollowed: 1,
      evicted: 2,
      recursionMisses: 3,
      probes: { ...END.probes, unprobeable: [{ function: 'f', module: null, why: 'not there' }] },
      attach: 'none',
    };
    const text = traceSummary(lossy, { outcomes: new Map(), reasons: [] }, OPTIONS);
    for (const part of [
      '120 records lost',
      'tcp_v4_rcv 100, ip_rcv 20',
      '1 packet matched and could not be followed',
      '2 packets given up',
      '3 hops missed',
      'tracepoints only',
      '1 function could not be probed (--verbose lists them)',
    ])
      expect(text).toContain(part);
  });
});
