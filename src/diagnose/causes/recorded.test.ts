import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DropEvent } from '../../events/index.ts';
import { symptomOfDrop } from '../facts/symptom.ts';
import { judge } from '../judge/judge.ts';
import { evidenceOf, type Values } from '../testdata/evidence.ts';

interface Recorded {
  readonly kernel: '6.1' | '6.12' | '6.18';
  readonly scenario: string;
  readonly drop: DropEvent;
}

const TEXT = readFileSync(new URL('../testdata/recorded-drops.ndjson', import.meta.url), 'utf8');
const RECORDED: readonly Recorded[] = TEXT.trim()
  .split('\n')
  .map(line => JSON.parse(line));

/** What was wrong when the drop was recorded, and what a look at the namespace gave. */
interface Expected {
  readonly cause: string;
  readonly facts: (drop: DropEvent) => Values;
}

const just = (cause: string, facts: Values = {}): Expected => ({ cause, facts: () => facts });

const EXPECTED: Readonly<Record<string, Expected>> = {
  fragment: just('fragment-lost', { 'snmp.IpReasmTimeout.delta': 1, 'snmp.Ip6ReasmTimeout.delta': 1 }),
  'own-source': just('martian-source', { 'route.src.local': true }),
  'odd-source': just('martian-source'),
  'udp-closed': just('udp-no-listener'),
  ethertype: just('protocol-unknown'),
  vlan: {
    cause: 'vlan-unknown',
    facts: drop => ({ 'link.mac': drop.packet!.ethernet!.dst, 'frame.vlan': 7 }),
  },
  'wrong-mac': just('wrong-mac', { 'link.mac': '02:00:00:00:00:01' }),
  'v6-blackhole': just('route-type-drop', { 'route.type': 'blackhole' }),
  'v6-prohibit': just('route-type-drop', { 'route.type': 'prohibit' }),
  'v6-unreachable': just('route-type-drop', { 'route.type': 'unreachable' }),
  'v6-noroute': just('no-route-forward', { 'route.type': 'none', 'sysctl.ip6_forwarding': 1 }),
  'v4-noroute': just('no-route-forward', {
    'route.type': 'none',
    'sysctl.forwarding': 1,
    'sysctl.ip_forward': 1,
  }),
  'v4-blackhole': just('route-type-drop', {
    'route.type': 'blackhole',
    'sysctl.forwarding': 1,
    'sysctl.ip_forward': 1,
  }),
  'v6-forward-off': just('forwarding-disabled', { 'sysctl.ip6_forwarding': 0 }),
  'v4-forward-off': just('forwarding-disabled', { 'sysctl.forwarding': 0, 'sysctl.ip_forward': 0 }),
  'peer-mtu': just('mtu-exceeded', { 'link.mtu': 1500, 'link.peer.mtu': 1300 }),
  'fwd-mtu': just('mtu-exceeded'),
  ttl: just('ttl-exceeded'),
  'no-carrier': just('link-no-carrier', { 'link.carrier': false, 'link.up': true }),
  neigh: just('neighbour-unresolved'),
  rpfilter: just('rp-filter-strict', { 'sysctl.rp_filter': 1, 'route.back.ifname': 'lo' }),
};

/** What an unplugged interface says by itself while the scenario runs is no trouble. */
function expectedOf(scenario: string, { packet, reason }: DropEvent): Expected {
  const expected = EXPECTED[scenario]!;
  if (packet?.icmpName?.startsWith('mld')) return { ...expected, cause: 'nothing-dropped-here' };
  return reason === 'NEIGH_FAILED' ? EXPECTED.neigh! : expected;
}

describe.each(['6.1', '6.12', '6.18'] as const)('drops recorded on %s', kernel => {
  const own = RECORDED.filter(one => one.kernel === kernel);

  it('cover every scenario', () => {
    expect(new Set(own.map(({ scenario }) => scenario))).toEqual(new Set(Object.keys(EXPECTED)));
  });

  it.each(
    own.map(
      one =>
        [
          `${one.scenario}: ${one.drop.reason} in ${one.drop.function}, ${one.drop.packet?.src}`,
          one,
        ] as const,
    ),
  )('%s', (_, { scenario, drop }) => {
    const { cause, facts } = expectedOf(scenario, drop);
    const [first] = judge(evidenceOf({ symptoms: [symptomOfDrop(drop)], facts: facts(drop) })).causes;
    expect([first?.id, first?.sure]).toEqual([cause, 'certain']);
  });
});
