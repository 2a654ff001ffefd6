import { describe, expect, it } from 'vitest';
import type { SeenLook } from '../events/index.ts';
import type { Packet } from '../packet/index.ts';
import { Play } from './testdata/play.ts';

const packet = (ttl: number, macs: string): Packet =>
  ({
    src: '10.8.0.1',
    dst: '10.7.0.2',
    ttl,
    ethernet: { src: `${macs}1`, dst: `${macs}2`, type: 0x0800 },
  }) as Packet;
const IN: Partial<SeenLook> = { ifname: 'hc', ifindex: 2, ttl: 64, packet: packet(64, 'a') };
const OUT: Partial<SeenLook> = { ifname: 'hp', ifindex: 3, ttl: 64, packet: packet(64, 'b') };

/** Received by hc, then what a program had asked for, then met again as `look` says. */
function redirected(functions: readonly string[], look: Partial<SeenLook>, last: string): [string, string][] {
  const play = new Play().look(1, 'a', IN).hop(1, 'a', 'netif_receive_skb');
  for (const name of functions) play.hop(1, 'a', name);
  return play
    .look(1, 'a', look)
    .hop(1, 'a', last)
    .journey(1)
    .notes.map(({ kind, text }) => [kind, text]);
}

describe('redirects', () => {
  it.each([
    [
      'redirect',
      ['skb_do_redirect', '__bpf_redirect'],
      'net_dev_queue',
      /^sent on from hc by hp, as it was, .*\(bpf_redirect\)/,
    ],
    [
      'redirect-neigh',
      ['skb_do_redirect'],
      'neigh_resolve_output',
      /^sent on from hc by hp to a neighbour .*\(bpf_redirect_neigh\)/,
    ],
    ['redirect-neigh', ['skb_do_redirect'], 'net_dev_queue', /\(bpf_redirect_neigh\)/],
    [
      'redirect-ingress',
      ['skb_do_redirect', '__bpf_redirect', 'skb_scrub_packet'],
      'netif_rx',
      /^moved from hc to hp .*BPF_F_INGRESS/,
    ],
    ['redirect', ['__bpf_redirect'], 'net_dev_queue', /\(bpf_clone_redirect\)/],
  ] as const)('recognises %s by %j and %s', (kind, functions, last, text) => {
    const notes = redirected(functions, OUT, last);
    expect(notes.map(([found]) => found)).toEqual([kind]);
    expect(notes[0]![1]).toMatch(text);
  });

  it.each([
    ['net_dev_queue', { ...OUT, packet: packet(64, 'a') }, 'redirect'],
    ['netif_rx', OUT, 'redirect-ingress'],
  ] as const)('does without the hop that tells most (%s)', (last, look, kind) => {
    expect(redirected(['skb_do_redirect'], look, last).map(([found]) => found)).toEqual([kind]);
  });

  it('recognises bpf_redirect_peer by the namespace', () => {
    const pod = { ifname: 'eth0', ifindex: 2, netns: 2, netnsName: 'web' };
    const notes = redirected(['skb_do_redirect'], { ...IN, ...pod }, 'ip_rcv');
    expect(notes.map(([kind]) => kind)).toEqual(['redirect-peer']);
    expect(notes[0]![1]).toContain("moved straight into web's eth0");
  });

  it.each([
    ['a neighbour was found for it and its TTL is as before', OUT, ['redirect-neigh']],
    ['it was routed', { ...OUT, ttl: 63, packet: packet(63, 'b') }, []],
    ['it was bridged', { ...OUT, packet: packet(64, 'a') }, []],
    ['it was translated', { ...OUT, packet: { ...packet(64, 'b'), src: '192.0.2.1' } }, []],
  ] as const)('tells from tracepoints alone when %s', (_, look, kinds) => {
    expect(redirected([], look, 'net_dev_queue').map(([kind]) => kind)).toEqual(kinds);
  });
});
