import { describe, expect, it } from 'vitest';
import { type Counter, type CounterSnapshot, counterKey, type LinkState } from '../../collect/index.ts';
import type { Fact } from '../../diagnose/index.ts';
import { cardsAfter, cardsBefore } from './card-choice.ts';
import { counterFacts } from './counter-facts.ts';
import { xdpFacts, xdpUnseen } from './xdp.ts';

const counter = (group: Counter['group'], of: string | null, name: string, value: number): Counter => ({
  ...{ group, of, name, value, source: 'x' },
});
const link = (ifname: string, change: Partial<LinkState> = {}): LinkState => ({
  ...{ ifname, ifindex: 2, up: true, carrier: true, mtu: 1500, mac: null, promiscuous: false },
  ...{ kind: 'physical', master: null, vlan: null, vlanFiltering: null, xdp: null, qdisc: null },
  addresses: [],
  ...change,
});
const snapshotOf = (counters: readonly Counter[], links: readonly LinkState[] = []): CounterSnapshot => ({
  ...{ netns: 7, netnsName: 'web', time: 't', links, missing: [] },
  counters: new Map(counters.map(one => [counterKey(one), one])),
});
const card = (name: string, value: number): Counter => counter('ethtool', 'eth0', name, value);

function factsFrom(before: readonly Counter[], after: readonly Counter[]): Map<string, Fact['value']> {
  const packets = counter('link', 'eth0', 'rx.packets', 9);
  const facts = counterFacts(snapshotOf(before), snapshotOf([packets, ...after]));
  return new Map(facts.map(({ name, value }) => [name, value]));
}

describe('counters of a card', () => {
  it('are read once, though the driver tells them in total and by queue', () => {
    const facts = factsFrom(
      [card('rx_drops', 1), card('rx0_drops', 1), card('rx1_drops', 0), card('rx_kicks', 3)],
      [card('rx_drops', 6), card('rx0_drops', 2), card('rx1_drops', 4), card('rx_kicks', 99)],
    );
    expect(facts.get('nic.drops.delta')).toBe(5);
    expect(facts.get('nic.drops')).toBe('rx_drops +5, rx0_drops +1, rx1_drops +4');
    expect(facts.get('nic.xdp_drops.delta')).toBe(0);
  });

  it('keep what an XDP program dropped apart', () => {
    const facts = factsFrom(
      [card('rx_queue_0_xdp_drops', 0), card('rx_queue_0_drops', 0), card('missed_irqs', 0)],
      [card('rx_queue_0_xdp_drops', 3), card('rx_queue_0_drops', 0), card('missed_irqs', 8)],
    );
    expect([facts.get('nic.drops.delta'), facts.get('nic.drops')]).toEqual([0, null]);
    expect(facts.get('nic.xdp_drops.delta')).toBe(3);
  });

  it('are no facts where nobody asked the card', () => {
    expect([...factsFrom([], []).keys()].filter(name => name.startsWith('nic.'))).toEqual([]);
  });
});

describe('counters of the machine and of IPsec', () => {
  it('name what moved', () => {
    const facts = factsFrom(
      [counter('neighbour', 'arp_cache', 'res_failed', 2), counter('xfrm', null, 'XfrmInNoPols', 1)],
      [
        counter('neighbour', 'arp_cache', 'res_failed', 3),
        counter('neighbour', 'ndisc_cache', 'res_failed', 1),
        counter('xfrm', null, 'XfrmInNoPols', 4),
        counter('softnet', 'cpu0', 'time_squeeze', 2),
      ],
    );
    expect(facts.get('neigh.res_failed.delta')).toBe(2);
    expect(facts.get('xfrm.errors.delta')).toBe(3);
    expect(facts.get('xfrm.errors')).toBe('XfrmInNoPols +3');
    expect(facts.get('softnet.time_squeeze.delta')).toBe(2);
  });
});

describe('the cards that are asked', () => {
  const links = [
    link('lo', { kind: 'loopback' }),
    link('br0', { kind: 'bridge' }),
    link('veth0', { kind: 'veth' }),
    link('eth0'),
    link('eth1', { up: false }),
  ];

  it('before a watch are those that are up and count, real ones first', () => {
    expect(cardsBefore(links, [])).toEqual(['eth0', 'veth0']);
    const many = Array.from({ length: 40 }, (_, at) => link(`veth${at}`, { kind: 'veth' }));
    expect(cardsBefore([...many, link('eth0')], [])).toEqual(['eth0', 'veth0', 'veth1', 'veth2']);
  });

  it('after it are those of them that anything went through', () => {
    const before = snapshotOf([
      counter('link', 'eth0', 'rx.packets', 5),
      counter('link', 'veth0', 'rx.packets', 5),
      card('rx_drops', 0),
      counter('ethtool', 'veth0', 'x', 0),
    ]);
    const now = [
      counter('link', 'eth0', 'rx.packets', 6),
      counter('link', 'veth0', 'rx.packets', 5),
      counter('link', 'br0', 'rx.packets', 9),
    ];
    expect(cardsAfter(before)(links, now)).toEqual(['eth0']);
  });
});

describe('an XDP program', () => {
  const place = { inode: 7, name: 'web', path: '/run/netns/web' };
  const counted = (xdp: string | null, drops?: number): Parameters<typeof xdpUnseen>[0] => ({
    place,
    facts:
      drops === undefined
        ? []
        : [
            {
              ...{ name: 'nic.xdp_drops.delta', value: drops, source: 'x', time: 't' },
              about: { netns: 7, ifname: 'eth0' },
            },
          ],
    after: {
      ...{ place, conntrack: undefined, routeCache: undefined, legacy: undefined },
      counters: snapshotOf([], [link('eth0', { xdp })]),
    },
  });

  it('hides what it drops in the driver, unless that counted none', () => {
    expect(xdpUnseen(counted('drv', 3))[0]?.why).toContain('its driver counted 3');
    expect(xdpUnseen(counted('drv'))).toHaveLength(1);
    expect(xdpUnseen(counted('drv', 0))).toEqual([]);
    expect(xdpUnseen(counted('skb'))).toEqual([]);
    expect(xdpUnseen(counted(null))).toEqual([]);
  });

  it('is a fact where it is attached', () => {
    expect(xdpFacts(counted('drv'))[0]).toMatchObject({ name: 'link.xdp', value: 'drv' });
    expect(xdpFacts(counted(null))).toEqual([]);
  });
});
