import { describe, expect, it } from 'vitest';
import type { Incident } from '../../diagnose/index.ts';
import { legacyCounterFacts, parseLegacyCounts } from './legacy-counters.ts';
import { widerOf } from './queue-facts.ts';
import { parseRouteCache } from './route-cache-facts.ts';
import { widened } from './ruleset-facts.ts';

describe('what tools print', () => {
  it.each([
    [
      'oifname "eth0" meta l4proto tcp snat ip to 192.0.2.1:5000-5063',
      'oifname "eth0" meta l4proto tcp snat ip to 192.0.2.1',
    ],
    ['snat to 192.0.2.1:5000', 'snat to 192.0.2.1'],
    ['snat ip6 to [fd99:1::fe]:5000-5063', 'snat ip6 to [fd99:1::fe]'],
    ['meta l4proto tcp masquerade to :1024-2048 random', 'meta l4proto tcp masquerade random'],
  ])('a NAT rule without its ports: %s', (rule, wide) => {
    expect(widened(rule)).toBe(wide);
  });

  it('a NAT rule without a range stays', () => {
    expect(widened('oifname "eth0" masquerade')).toBeNull();
    expect(widened('snat to 192.0.2.1')).toBeNull();
  });

  it('a queue with more room, in the words that make it', () => {
    expect(widerOf('pfifo', '8001:', 'root', 'limit 1000p')).toBe('root handle 8001: pfifo limit 4000');
    expect(widerOf('tbf', '1:', 'root', 'rate 2Mbit burst 2000b lat 8ms')).toBe(
      'root handle 1: tbf rate 2Mbit burst 2000b latency 2s',
    );
    expect(widerOf('noqueue', '0:', 'root', '')).toBeUndefined();
    expect(widerOf('pfifo', '0:', 'root', 'limit 1000p')).toBeUndefined();
  });

  it('counters of the route cache, added up', () => {
    const text =
      'entries  in_hit in_martian_src in_no_route\n00000001  00000002 0000000a 00000003\n00000001 00000000 00000006 00000000\n';
    expect([...parseRouteCache(text)]).toEqual([
      ['entries', 2],
      ['in_hit', 2],
      ['in_martian_src', 16],
      ['in_no_route', 3],
    ]);
  });
});

const SAVED = (drops: number, others: number): string => `# Generated
*filter
:INPUT DROP [${others}:60]
:FORWARD ACCEPT [0:0]
[9:900] -A INPUT -i lo -j ACCEPT
[${drops}:84] -A INPUT -p udp -m udp --dport 99 -j DROP
[0:0] -A INPUT -p tcp -j REJECT --reject-with tcp-reset
COMMIT
`;

const counts = (drops: number, others: number): Map<string, ReturnType<typeof parseLegacyCounts>[number]> =>
  new Map(parseLegacyCounts(SAVED(drops, others), 'iptables-legacy').map(one => [String(one.rule), one]));

describe('counters of legacy iptables', () => {
  const place = { inode: 1, name: 'web', path: '/run/netns/web' };
  const incident = { key: 'k', count: 3 } as unknown as Incident;

  it('reads policies and rules that end packets', () => {
    expect(parseLegacyCounts(SAVED(3, 1), 'iptables-legacy')).toMatchObject([
      { table: 'filter', chain: 'INPUT', rule: null, target: 'DROP', packets: 1 },
      { chain: 'INPUT', rule: '-A INPUT -p udp -m udp --dport 99 -j DROP', target: 'DROP', packets: 3 },
      { rule: '-A INPUT -p tcp -j REJECT --reject-with tcp-reset', target: 'REJECT', packets: 0 },
    ]);
  });

  it('names the only rule that counted', () => {
    const facts = legacyCounterFacts(place, incident, counts(0, 1), counts(4, 1));
    expect(Object.fromEntries(facts.map(({ name, value }) => [name, value]))).toMatchObject({
      'ipt.rule': '-A INPUT -p udp -m udp --dport 99 -j DROP',
      'ipt.target': 'DROP',
      'ipt.command': 'iptables-legacy',
      'rule.counter.delta': 4,
    });
  });

  it('names none when several counted, or too few', () => {
    expect(legacyCounterFacts(place, incident, counts(0, 0), counts(4, 4))).toEqual([]);
    expect(legacyCounterFacts(place, incident, counts(0, 1), counts(2, 1))).toEqual([]);
    expect(legacyCounterFacts(place, incident, undefined, counts(4, 1))).toEqual([]);
  });
});
