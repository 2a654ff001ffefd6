import { describe, expect, it } from 'vitest';
import type { LinkState } from '../../collect/index.ts';
import type { Headers, Incident } from '../../diagnose/index.ts';
import type { VlanCount } from '../../events/index.ts';
import { vlanFacts } from './vlan-facts.ts';

const MAC = '02:00:00:00:00:02';
const link = (change: Partial<LinkState>): LinkState => ({
  ...{ ifname: 'eth0', ifindex: 3, up: true, carrier: true, mtu: 1500, mac: MAC, promiscuous: false },
  ...{ kind: 'physical', master: null, vlan: null, vlanFiltering: null, xdp: null, qdisc: null },
  addresses: [],
  ...change,
});
const LINKS = [
  link({}),
  link({ ifname: 'eth0.5', ifindex: 4, kind: 'vlan', vlan: { id: 5, parent: 'eth0' } }),
];
const frame = (dst: string): Headers => ({
  ...{ family: 'ipv4', protocol: 'udp', length: 60, src: '10.0.0.1', dst: '10.0.0.2' },
  ethernet: { src: '02:00:00:00:00:01', dst, type: 0x800 },
});
const incident = (packet: Headers, count = 3): Incident => ({
  ...{ key: 'k', kind: 'drop', source: 'x', reason: 'OTHERHOST', subsystem: 'core', function: 'ip_rcv_core' },
  ...{ stack: [], netns: 7, netnsName: 'web', ifname: 'eth0', benign: false, direction: null, state: null },
  ...{ count, first: 't', last: 't', samples: [{ time: 't', packet }] },
});
const seen = (vlan: number, packets: number, ifindex = 3): VlanCount => ({
  netns: 7,
  ifindex,
  vlan,
  packets,
});
const told = (one: Incident, counted: readonly VlanCount[]): unknown =>
  vlanFacts(one, LINKS, counted)[0]?.value;

describe('the VLAN of frames that lost their tag', () => {
  it('is the only one without a device that came in as often', () => {
    expect(told(incident(frame(MAC)), [seen(7, 3), seen(5, 90)])).toBe(7);
    expect(told(incident(frame('ff:ff:ff:ff:ff:ff')), [seen(7, 3)])).toBe(7);
  });

  it.each([
    ['two of them', [seen(7, 3), seen(8, 3)]],
    ['fewer frames than were dropped', [seen(7, 2)]],
    ['only those that have a device', [seen(5, 9)]],
    ['another interface', [seen(7, 9, 6)]],
    ['none at all', []],
  ])('is not told by %s', (_, counted) => {
    expect(told(incident(frame(MAC)), counted)).toBeUndefined();
  });

  it('does not matter for frames of another host, or where the frame still has it', () => {
    expect(told(incident(frame('02:00:00:00:00:99')), [seen(7, 9)])).toBeUndefined();
    expect(told(incident({ ...frame(MAC), vlan: [7] }), [seen(7, 9)])).toBeUndefined();
  });
});
