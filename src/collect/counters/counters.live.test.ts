import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT, knock, runIn, SERVER, type Twin, twin } from '../testdata/twin.ts';
import { delta, deltaOf, snapshot } from './index.ts';

describe('counters of a namespace', () => {
  let both: Twin;
  beforeAll(() => {
    both = twin('k');
    for (const address of [SERVER.ipv4, SERVER.ipv6]) runIn(both.client, 'ping', '-c1', '-W1', address);
  });
  afterAll(() => {
    both[Symbol.dispose]();
  });

  it('shows the closed UDP port where the packet arrived, by both families, and not where it came from', () => {
    const [here, there] = [snapshot(both.client), snapshot(both.server)];
    for (const address of [SERVER.ipv4, SERVER.ipv4, SERVER.ipv6]) knock(both.client, 'udp', address, 77);
    const [hereAfter, thereAfter] = [snapshot(both.client), snapshot(both.server)];
    const noPorts = (name: string): unknown => deltaOf(there, thereAfter, { group: 'snmp', of: null, name });
    expect(noPorts('UdpNoPorts')).toBe(2);
    expect(noPorts('Udp6NoPorts')).toBe(1);
    expect(deltaOf(here, hereAfter, { group: 'snmp', of: null, name: 'UdpNoPorts' })).toBe(0);
    expect(delta(here, hereAfter).find(({ name }) => name === 'UdpOutDatagrams')?.delta).toBe(2);
  });

  it('counts on the link of that namespace', () => {
    const before = snapshot(both.server);
    runIn(both.client, 'ping', '-c3', '-i0.2', SERVER.ipv4);
    const after = snapshot(both.server, { devices: [SERVER.device] });
    expect(
      deltaOf(before, after, { group: 'link', of: SERVER.device, name: 'rx.packets' }),
    ).toBeGreaterThanOrEqual(3);
    expect([...after.counters.values()].some(({ of }) => of === CLIENT.device)).toBe(false);
    expect([...after.counters.values()].filter(({ group }) => group === 'ethtool')).not.toEqual([]);
    expect(after.missing).toEqual([]);
  });

  it('shows what a queue threw away', () => {
    runIn(both.client, 'tc', 'qdisc', 'add', 'dev', CLIENT.device, 'root', 'pfifo', 'limit', '0');
    try {
      const before = snapshot(both.client);
      knock(both.client, 'udp', SERVER.ipv4, 77);
      const moved = delta(before, snapshot(both.client));
      expect(moved.find(({ group, name }) => group === 'qdisc' && name === 'drops')).toMatchObject({
        of: expect.stringContaining(`${CLIENT.device} pfifo`),
        delta: expect.toSatisfy((count: number) => count >= 1),
        source: 'tc -s -j qdisc',
      });
    } finally {
      runIn(both.client, 'tc', 'qdisc', 'del', 'dev', CLIENT.device, 'root');
    }
  });

  it('says when a namespace is no more', () => {
    const gone = { name: 'gone', path: '/run/netns/nw-no-such', inode: 1 };
    const { counters, missing } = snapshot(gone, { filesOnly: true });
    expect([...counters.values()].every(({ group }) => group === 'neighbour')).toBe(true);
    expect(missing[0]).toMatchObject({ kind: 'unavailable', what: 'network namespace gone' });
  });
});
