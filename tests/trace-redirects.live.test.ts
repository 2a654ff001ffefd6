import { describe, expect, it } from 'vitest';
import type { Journey } from '../src/trail/index.ts';
import { PROBING } from './topology/probing.ts';
import { type RedirectKind, redirectTo } from './topology/redirect.ts';
import { Topology, udpScript } from './topology/topology.ts';
import { traced } from './topology/traced.ts';

const functions = PROBING !== 'none';

const sentToPod = (journey: Journey): boolean => journey.looks[0]?.packet?.dport === 7779;
const namesOf = (journey: Journey): string[] => journey.steps.map(({ hop }) => hop.function);
const macOf = (topology: Topology, netns: string, ifname: string): string =>
  /link\/ether (\S+)/.exec(topology.exec(netns, 'ip', 'link', 'show', ifname))![1]!;

interface Pod {
  readonly client: string;
  readonly host: string;
  readonly pod: string;
  /** Sends a datagram to the pod and tells its way. */
  send(): Promise<Journey>;
  /** The client believes that the host has this MAC address. */
  believe(mac: string): void;
}

/** client c0 - hc host hp - p0 pod; the host routes. */
function podBehindHost(topology: Topology): Pod {
  const [client, host, pod] = [topology.netns('c'), topology.netns('h'), topology.netns('p')];
  topology.veth(
    { netns: client, ifname: 'c0', addresses: ['10.8.0.1/24'] },
    { netns: host, ifname: 'hc', addresses: ['10.8.0.254/24'] },
  );
  topology.veth(
    { netns: pod, ifname: 'p0', addresses: ['10.7.0.2/24'] },
    { netns: host, ifname: 'hp', addresses: ['10.7.0.1/24'] },
  );
  topology.exec(client, 'ip', 'route', 'add', 'default', 'via', '10.8.0.254');
  topology.exec(pod, 'ip', 'route', 'add', 'default', 'via', '10.7.0.1');
  topology.exec(host, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
  for (const name of ['all', 'hp']) topology.exec(host, 'sysctl', '-qw', `net.ipv4.conf.${name}.rp_filter=0`);
  const send = async (): Promise<Journey> => {
    const { journeys } = await traced(
      'udp dst port 7779',
      () => void topology.node(client, udpScript(7779, '10.7.0.2')),
      all => all.some(sentToPod),
    );
    return journeys.find(sentToPod)!;
  };
  const believe = (mac: string): void =>
    void topology.exec(client, 'ip', 'neigh', 'replace', '10.8.0.254', 'lladdr', mac, 'dev', 'c0');
  return { client, host, pod, send, believe };
}

/** What a packet that is redirected from hc to hp has to say, and what it must not have met. */
const KINDS: readonly {
  readonly kind: RedirectKind;
  readonly note: string;
  readonly text: RegExp;
  /** Whose address the client's frames must have for the pod to get them. */
  readonly mac: 'p0' | 'hp' | 'hc';
  /** Tracepoints alone tell it. */
  readonly visible: boolean;
}[] = [
  {
    kind: 'neigh',
    note: 'redirect-neigh',
    text: /^sent on from hc by hp to a neighbour by a BPF program \(bpf_redirect_neigh/,
    mac: 'hc',
    visible: true,
  },
  {
    kind: 'out',
    note: 'redirect',
    text: /^sent on from hc by hp, as it was, by a BPF program \(bpf_redirect\)/,
    mac: 'p0',
    visible: false,
  },
  {
    kind: 'in',
    note: 'redirect-ingress',
    text: /^moved from hc to hp by a BPF program \(bpf_redirect with BPF_F_INGRESS\)/,
    mac: 'hp',
    visible: false,
  },
];

describe('packets that BPF programs redirect', () => {
  it('tells bpf_redirect_peer from the plain way through the host', async context => {
    using topology = new Topology();
    const { host, pod, send, believe } = podBehindHost(topology);
    const plain = await send();
    expect(plain.notes).toEqual([]);
    expect(namesOf(plain).filter(name => name === 'net_dev_start_xmit')).toHaveLength(2);
    using redirect = redirectTo('peer', topology, host, 'hc', 'hp');
    if (redirect.why) return context.skip(redirect.why);
    believe(macOf(topology, pod, 'p0'));
    const peer = await send();
    expect(peer.notes).toMatchObject([{ kind: 'redirect-peer' }]);
    expect(peer.notes[0]!.text).toContain(`${pod}'s p0`);
    expect(namesOf(peer).filter(name => name === 'net_dev_start_xmit')).toHaveLength(1);
    expect(namesOf(peer)).not.toContain('ip_forward');
  });

  it.each(KINDS)('recognises $note', async ({ kind, note, text, mac, visible }) => {
    using topology = new Topology();
    const { host, pod, send, believe } = podBehindHost(topology);
    using redirect = redirectTo(kind, topology, host, 'hc', 'hp');
    expect(redirect.why).toBeUndefined();
    believe(macOf(topology, mac === 'p0' ? pod : host, mac));
    topology.exec(host, 'ping', '-c', '1', '-W', '5', '10.7.0.2');
    const journey = await send();
    // Received a second time: without functions nobody can tell that from another packet in the same memory.
    const isSplit = !functions && kind === 'in';
    if (isSplit)
      expect(journey.end).toMatchObject({ outcome: 'lost', end: { function: 'netif_rx', ifname: 'hp' } });
    else expect(journey.looks.at(-1)).toMatchObject({ netnsName: pod });
    expect(namesOf(journey).includes('ip_forward')).toBe(functions && kind === 'in');
    if (!functions && !visible) expect(journey.notes).toEqual([]);
    else {
      expect(journey.notes).toMatchObject([{ kind: note }]);
      expect(journey.notes[0]!.text).toMatch(text);
    }
  });
});
