import { describe, expect, it } from 'vitest';
import type { ConntrackHealth } from '../../events/index.ts';
import { conntrackText, notrackText, plainStyle } from '../../render/index.ts';
import { findingsOf } from './findings.ts';
import { notrackRules, parseNotrackPort } from './notrack.ts';

const HEALTH: Omit<ConntrackHealth, 'findings'> = {
  ...{
    type: 'conntrack',
    time: '2026-01-31T12:00:00.000000Z',
    netns: 4026531840,
    netnsName: 'host',
    seconds: 2,
  },
  ...{
    count: 100,
    max: 262_144,
    buckets: 262_144,
    fill: 100 / 262_144,
    dropCpus: [],
    tally: null,
    missing: [],
  },
  moved: {
    new: 20,
    insert: 0,
    drop: 0,
    early_drop: 0,
    invalid: 0,
    insert_failed: 0,
    found: 0,
    chainlength: 0,
  },
  totals: { drop: 0 },
};
type Change = Partial<Omit<ConntrackHealth, 'findings' | 'moved'>> & {
  moved?: Record<string, number | null>;
};

function idsOf({ moved, ...over }: Change, sysctls: Record<string, number> = {}): string[] {
  const facts = { ...HEALTH, ...over, moved: { ...HEALTH.moved, ...moved }, sysctls };
  return findingsOf(facts).map(({ id, level }) => `${level} ${id}`);
}

describe('findings', () => {
  it('have nothing to say about a healthy table', () => {
    expect(idsOf({})).toEqual([]);
    expect(idsOf({ max: 0, fill: 0, count: 1_000_000 })).toEqual([]);
    expect(idsOf({ moved: { new: null, found: 2 } })).toEqual([]);
  });

  it.each([
    [
      'full: drops, and no failed insert',
      { fill: 1, count: 262_144, moved: { drop: 40 } },
      ['problem table-full'],
    ],
    [
      'unassured entries are thrown out',
      { fill: 1, moved: { early_drop: 9 } },
      ['problem evicting', 'problem nearly-full'],
    ],
    ['full, but quiet', { fill: 0.97 }, ['problem nearly-full']],
    ['filling', { fill: 0.85 }, ['warning filling']],
    ['NAT finds no tuple', { moved: { drop: 3, insert_failed: 3 } }, ['problem nat-ports']],
    ['NAT tries hard', { moved: { found: 900 } }, ['warning nat-retries']],
    ['chains', { moved: { insert_failed: 2, chainlength: 2 } }, ['problem chains-too-long']],
    ['no memory', { moved: { drop: 3 }, fill: 0.2 }, ['problem dropping']],
    ['invalid', { moved: { invalid: 5 } }, ['note invalid']],
    ['earlier', { totals: { drop: 8 } }, ['note dropped-before']],
  ])('%s', (_, change, ids) => {
    expect(idsOf(change)).toEqual(ids);
  });

  it('tell what to change, buckets with the limit, long timeouts too', () => {
    const facts = {
      ...HEALTH,
      fill: 1,
      moved: { ...HEALTH.moved, drop: 5 },
      sysctls: { tcp_timeout_established: 432_000 },
    };
    expect(findingsOf(facts)[0]!.do.slice(0, 3)).toEqual([
      'sysctl -w net.netfilter.nf_conntrack_max=524288',
      'sysctl -w net.netfilter.nf_conntrack_buckets=524288',
      expect.stringContaining('tcp_timeout_established=86400'),
    ]);
  });
});

describe('as text', () => {
  const text = (health: ConntrackHealth): string =>
    conntrackText(health, { style: plainStyle, columns: 100 });

  it('is one screen for one table', () => {
    const tally = {
      ...{ total: 100, assured: 60, unreplied: 30, translated: 0, states: [] },
      sources: [{ key: '10.0.0.1', count: 90, shortestTimeout: 1, longestTimeout: 300 }],
      services: [{ key: 'tcp 10.0.0.2:443', count: 80, shortestTimeout: 300, longestTimeout: 300 }],
    };
    expect(text({ ...HEALTH, tally, findings: [] })).toMatchInlineSnapshot(`
      "host  [....................] 100 of 262144 entries, 0.0%, 262144 buckets
        over 2.0 s: new 10.0/s  insert 0/s  drop 0/s  early_drop 0/s  invalid 0/s  insert_failed 0/s
        healthy: it has room and loses nothing
        60 assured, 30 without an answer, 0 translated by NAT
        from         90  10.0.0.1                           forgotten in 1 to 300 s
        to           80  tcp 10.0.0.2:443                   forgotten in 300 s
      "
    `);
  });

  it('says what is unknown, and on which CPU it dropped', () => {
    const facts = {
      ...HEALTH,
      moved: { ...HEALTH.moved, new: null, drop: 6 },
      fill: 1,
      count: 262_144,
      dropCpus: [1],
    };
    const shown = text({ ...facts, findings: findingsOf({ ...facts, sysctls: {} }) });
    expect(shown).toContain('[####################] 262144 of 262144 entries, 100%');
    expect(shown).toContain('new ?');
    expect(shown).toContain('drop 3.0/s');
    expect(shown).toContain('(dropped on CPU 1)');
    expect(shown).toContain('problem The table is full');
  });
});

describe('--notrack', () => {
  it('is for one port, of one protocol or both', () => {
    expect(parseNotrackPort('53/udp')).toEqual({ port: 53, protocols: ['udp'] });
    expect(parseNotrackPort('53')).toEqual({ port: 53, protocols: ['tcp', 'udp'] });
    for (const text of ['0', '65536', '53/icmp', 'dns', ''])
      expect(() => parseNotrackPort(text)).toThrow('no port');
  });

  it('covers both families and both hooks, in both syntaxes', () => {
    const [iptables, nft] = notrackRules({ port: 53, protocols: ['udp'] });
    expect(iptables.add).toEqual([
      'iptables -t raw -I PREROUTING -p udp -m multiport --ports 53 -j CT --notrack',
      'iptables -t raw -I OUTPUT -p udp -m multiport --ports 53 -j CT --notrack',
      'ip6tables -t raw -I PREROUTING -p udp -m multiport --ports 53 -j CT --notrack',
      'ip6tables -t raw -I OUTPUT -p udp -m multiport --ports 53 -j CT --notrack',
    ]);
    expect(nft.add).toContain('nft add rule inet notrack_53 output udp sport 53 notrack');
    expect(nft.remove).toEqual(['nft delete table inet notrack_53']);
    const text = notrackText('53/udp', [iptables, nft], 'ip netns exec web ', plainStyle);
    expect(text).toContain('\nip netns exec web nft add table inet notrack_53\n');
    expect(text).toContain('\n# ip netns exec web iptables -t raw -D PREROUTING');
  });
});
