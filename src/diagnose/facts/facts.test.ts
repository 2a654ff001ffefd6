import { describe, expect, it } from 'vitest';
import { unavailable } from '../../base/index.ts';
import { evidenceOf, symptom } from '../testdata/evidence.ts';
import { FACT_NAMES, FACTS } from './catalogue.ts';
import { counterSymptoms, SYMPTOM_COUNTERS } from './counter-symptoms.ts';
import type { Fact } from './fact.ts';
import { Facts } from './facts.ts';
import { functionName, incidentKeyOf, joinIncidents } from './join.ts';

const place = { incident: 'one', netns: 7, ifname: 'eth0' };
const fact = (
  name: Fact['name'],
  value: Fact['value'],
  about: Fact['about'],
  time = '2026-01-01T00:00:00Z',
): Fact => ({
  ...{ name, value, about, time },
  source: 'test',
});

describe('facts', () => {
  it('are found by the subject of their name', () => {
    const facts = new Facts([
      fact('link.mtu', 1500, { netns: 7, ifname: 'eth0' }),
      fact('link.mtu', 9000, { netns: 7, ifname: 'eth1' }),
      fact('ct.count', 5, { netns: 8 }),
      fact('sysctl.rmem_max', 9, {}),
    ]);
    expect(facts.find('link.mtu', place)?.value).toBe(1500);
    expect(facts.find('ct.count', place)).toBeUndefined();
    expect(facts.find('sysctl.rmem_max', { incident: 'x', netns: null, ifname: null })?.value).toBe(9);
    expect(facts.everywhere('link.mtu').map(({ value }) => value)).toEqual([1500, 9000]);
  });

  it('the later one holds, in whatever order they come', () => {
    const [older, newer] = [
      fact('ct.count', 1, { netns: 7 }),
      fact('ct.count', 2, { netns: 7 }, '2026-01-01T00:00:09Z'),
    ];
    expect(new Facts([older, newer]).find('ct.count', place)?.value).toBe(2);
    expect(new Facts([newer, older]).find('ct.count', place)?.value).toBe(2);
  });

  it('without the keys of their subject hold for nothing', () => {
    expect(
      new Facts([fact('ct.count', 1, { ifname: 'eth0' }), fact('link.mtu', 1, { netns: 7 })]).all(),
    ).toEqual([]);
  });

  it('say why they are missing, where that is known', () => {
    const why = unavailable('conntrack', 'not loaded', 'modprobe nf_conntrack');
    const facts = new Facts([], [{ names: ['ct.count'], about: { netns: 7 }, why }]);
    expect(facts.whyMissing('ct.count', place)).toBe(why);
    expect(facts.whyMissing('ct.count', { ...place, netns: 8 })).toBeUndefined();
    expect(facts.whyMissing('ct.max', place)).toBeUndefined();
    expect(facts.hasGap('ct.count')).toBe(true);
  });
});

describe('the catalogue', () => {
  it('says of each what it is, and names deltas as numbers', () => {
    for (const name of FACT_NAMES) {
      expect(FACTS[name].what.length, name).toBeGreaterThan(3);
      if (name.endsWith('.delta'))
        expect([FACTS[name].type, FACTS[name].unit], name).toEqual(['number', expect.any(String)]);
    }
  });
});

describe('counters as symptoms', () => {
  it('come from counters that moved, and only those that mean trouble', () => {
    const facts = [
      fact('netstat.ListenOverflows.delta', 3, { netns: 7 }),
      fact('ct.drop.delta', 0, { netns: 7 }),
      fact('ct.found.delta', 9, { netns: 7 }),
    ];
    const found = counterSymptoms(facts, inode => `ns${inode}`);
    expect(found).toMatchObject([
      { kind: 'counter', reason: 'netstat.ListenOverflows.delta', count: 3, netns: 7, netnsName: 'ns7' },
    ]);
    expect(SYMPTOM_COUNTERS.filter(name => FACTS[name].type !== 'number')).toEqual([]);
  });
});

describe('incidents', () => {
  it('have the key of each of their symptoms', () => {
    const one = symptom({ reason: 'TCP_CSUM', function: 'tcp_v4_rcv.cold' });
    expect(joinIncidents([one])[0]?.key).toBe(incidentKeyOf(one));
    expect(evidenceOf({ symptoms: [one] }).incidents[0]?.function).toBe('tcp_v4_rcv');
  });

  it.each([
    ['nf_hook_slow', 'nf_hook_slow'],
    ['__netif_receive_skb_core.constprop.0', '__netif_receive_skb_core'],
    ['tcp_ack.isra.0.cold', 'tcp_ack'],
    ['a.partial', 'a.partial'],
  ])('%s is %s', (name, plain) => {
    expect(functionName(name)).toBe(plain);
  });

  it('are only benign when every symptom is', () => {
    const both = joinIncidents([symptom({ benign: true }), symptom({ benign: false })]);
    expect(both.map(({ benign, count }) => [benign, count])).toEqual([[false, 2]]);
  });
});
