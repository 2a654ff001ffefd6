import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANGES, type HopEvent, type LineageEvent, type LookEvent, STAGES } from '../events/index.ts';
import { hopJson, lineageJson, lookJson } from './trace-json.ts';

const text = fc.string({ unit: 'binary' });
const name = fc.option(text, { nil: null });
const number = fc.nat();
const maybe = fc.option(number, { nil: null });
const process = fc.record({ pid: number, comm: text });
const moment = {
  time: fc.constant('2026-01-31T12:00:00.123456Z'),
  ts: fc.maxSafeNat(),
  cpu: number,
  trail: number,
  skb: fc.constant('0xffff888100000000'),
};

const hops: fc.Arbitrary<HopEvent> = fc.record({
  type: fc.constant('hop' as const),
  ...moment,
  function: text,
  module: name,
  stage: fc.constantFrom(...STAGES),
  kind: fc.constantFrom('entry' as const, 'return' as const, 'tracepoint' as const),
  returned: fc.option(fc.integer(), { nil: null }),
  verdict: name,
  reason: name,
  subsystem: name,
  caller: name,
  stack: fc.array(text),
  process,
});

const looks: fc.Arbitrary<LookEvent> = fc.record({
  type: fc.constant('look' as const),
  ...moment,
  function: text,
  changed: fc.array(fc.constantFrom(...CHANGES)),
  translations: fc.array(
    fc.record({ kind: fc.constantFrom('SNAT' as const, 'DNAT' as const), from: text, to: text }),
  ),
  packet: fc.option(
    fc.record(
      {
        family: fc.constant('ipv4' as const),
        protocol: text,
        length: number,
        src: text,
        vlan: fc.array(number),
        inner: fc.record({ family: fc.constant('ipv6' as const), protocol: text, length: number }),
      },
      { requiredKeys: ['family', 'protocol', 'length'] },
    ),
    { nil: null },
  ),
  ifname: name,
  ifindex: maybe,
  netns: maybe,
  netnsName: name,
  mark: number,
  length: number,
  mtu: maybe,
  ttl: maybe,
  protocol: number,
  conntrack: fc.option(fc.record({ state: text, status: fc.array(text), mark: maybe }), { nil: null }),
  process,
});

const lineages: fc.Arbitrary<LineageEvent> = fc.record({
  type: fc.constant('lineage' as const),
  ...moment,
  parent: maybe,
  kind: fc.constantFrom('clone' as const, 'segment' as const, 'reassemble' as const),
  parentSkb: fc.option(fc.constant('0xffff888100000001'), { nil: null }),
  function: text,
});

/** The line says exactly what JSON.stringify says. */
function same(event: object, line: string): void {
  expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(event)));
  expect(line.indexOf('\n')).toBe(line.length - 1);
}

describe('trace as NDJSON', () => {
  it('writes hops', () => fc.assert(fc.property(hops, hop => same(hop, hopJson(hop)))));
  it('writes looks', () => fc.assert(fc.property(looks, look => same(look, lookJson(look)))));
  it('writes lineage', () => fc.assert(fc.property(lineages, event => same(event, lineageJson(event)))));
});
