import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DropEvent } from '../events/index.ts';
import { dropJson } from './drop-json.ts';

const name = fc.option(fc.string({ unit: 'binary' }), { nil: null });
const number = fc.nat();

const drops: fc.Arbitrary<DropEvent> = fc.record({
  type: fc.constant('drop' as const),
  time: fc.constant('2026-01-31T12:00:00.123456Z'),
  ts: fc.maxSafeNat(),
  cpu: number,
  reason: name,
  subsystem: name,
  function: name,
  offset: fc.option(number, { nil: null }),
  module: name,
  location: fc.constant('0xffffffff81234567'),
  stack: fc.array(fc.string({ unit: 'binary' })),
  ifname: name,
  ifindex: fc.option(number, { nil: null }),
  netns: fc.option(number, { nil: null }),
  netnsName: name,
  mark: number,
  length: number,
  process: fc.record({ pid: number, comm: fc.string({ unit: 'binary' }) }),
  benign: fc.boolean(),
  skb: fc.constant('0xffff888100000000'),
  packet: fc.option(
    fc.record(
      {
        family: fc.constant('ipv4' as const),
        protocol: fc.string({ unit: 'binary' }),
        length: number,
        src: fc.string({ unit: 'binary' }),
        vlan: fc.array(number),
        ethernet: fc.record({ src: fc.string(), dst: fc.string(), type: number }),
        truncated: fc.constant(true as const),
      },
      { requiredKeys: ['family', 'protocol', 'length'] },
    ),
    { nil: null },
  ),
});

describe('dropJson', () => {
  it('says exactly what JSON.stringify says, on one line', () => {
    fc.assert(
      fc.property(drops, drop => {
        const line = dropJson(drop);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(drop)));
        expect(line.indexOf('\n')).toBe(line.length - 1);
      }),
    );
  });
});
