import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { attachMode } from '../src/collect/index.ts';
import type { ChangeName, Translation } from '../src/events/index.ts';
import type { Journey } from '../src/trail/index.ts';
import { redirectTo } from './topology/redirect.ts';
import { Topology, tcpScript, udpScript } from './topology/topology.ts';
import { datagramScript, echoScript, traced } from './topology/traced.ts';

const mode = attachMode();
const functions = mode !== 'none';
const NO_FUNCTIONS = 'this kernel has no kprobes';

const first = (dport: number) => (journey: Journey) => journey.looks[0]?.packet?.dport === dport;
const namesOf = (journey: Journey): string[] => journey.steps.map(({ hop }) => hop.function);
const changesOf = (journey: Journey): ChangeName[] => journey.looks.flatMap(({ changed }) => changed);
const translationsOf = (journey: Journey): readonly Translation[] =>
  journey.looks.flatMap(({ translations }) => translations);
const nft = (topology: Topology, netns: string, text: string): void => {
  const { status, stderr } = spawnSync('ip', ['netns', 'exec', netns, 'nft', '-f', '-'], { input: text });
  if (status !== 0) throw new Error(`nft in ${netns}: ${stderr}`);
  void topology;
};
const modprobe = (...modules: string[]): void => {
  for (const module of modules) spawnSync('modprobe', [module]);
};

describe(`packets followed through topologies (${mode})`, () => {
  it('shows a SYN that an nft rule drops as one trail that ends there', async () => {
    modprobe('nf_tables');
    using topology = new Topology();
    const { client, server } = topology.pair();
    nft(
      topology,
      server,
      'table ip t {\n chain in {\n type filter hook input priority 0\n tcp dport 8100 drop\n }\n}\n',
    );
    const { journeys } = await traced(
      'tcp port 8100',
      () => void topology.node(client, tcpScript(8100, '10.9.0.2', 300)),
      all => all.length >= 1,
    );
    const journey = journeys[0]!;
    expect(journey.end.outcome).toBe('dropped');
    expect(journey.end.end).toMatchObject({ reason: 'NETFILTER_DROP', ifname: 's0', netnsName: server });
    expect(journey.end.end.function).toMatch(/^nft_do_chain$|^nf_hook_slow$/);
    expect(changesOf(journey)).toContain('namespace');
    expect(namesOf(journey)).toEqual(
      expect.arrayContaining(['net_dev_queue', 'netif_receive_skb', 'kfree_skb']),
    );
    if (functions)
      expect(namesOf(journey)).toEqual(
        expect.arrayContaining(['__ip_local_out', 'ip_rcv', 'nft_do_chain_ipv4']),
      );
  });

  it('keeps one trail through DNAT and SNAT in a router, and names both', async () => {
    modprobe('nft_chain_nat', 'nf_nat', 'nft_masq');
    using topology = new Topology();
    const [client, router, server] = [topology.netns('c'), topology.netns('r'), topology.netns('s')];
    topology.veth(
      { netns: client, ifname: 'c0', addresses: ['10.1.0.2/24'] },
      { netns: router, ifname: 'rc', addresses: ['10.1.0.1/24'] },
    );
    topology.veth(
      { netns: server, ifname: 's0', addresses: ['10.2.0.2/24'] },
      { netns: router, ifname: 'rs', addresses: ['10.2.0.1/24'] },
    );
    topology.exec(client, 'ip', 'route', 'add', 'default', 'via', '10.1.0.1');
    topology.exec(router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    nft(
      topology,
      router,
      'table ip t {\n chain pre {\n type nat hook prerouting priority dstnat\n udp dport 53 dnat to 10.2.0.2:5353\n }\n chain post {\n type nat hook postrouting priority srcnat\n oifname "rs" masquerade\n }\n}\n',
    );
    await topology.serve(server, echoScript(5353, '10.2.0.2'));
    const { journeys } = await traced(
      'udp port 53 or udp port 5353',
      () => void topology.node(client, udpScript(53, '10.1.0.1')),
      all => all.filter(first(53)).length > 0,
    );
    const journey = journeys.find(first(53))!;
    const translations = translationsOf(journey);
    expect(translations).toContainEqual({ kind: 'DNAT', from: '10.1.0.1:53', to: '10.2.0.2:5353' });
    expect(translations.find(({ kind }) => kind === 'SNAT')!.to).toMatch(/^10\.2\.0\.1:\d+$/);
    expect(new Set(journey.looks.map(({ netnsName }) => netnsName))).toEqual(
      new Set([client, router, server]),
    );
    expect(changesOf(journey)).toContain('ttl');
    expect(journeys.filter(first(53))).toHaveLength(1);
    if (functions) {
      expect(journey.end).toMatchObject({
        outcome: 'delivered',
        end: { function: '__udp_enqueue_schedule_skb' },
      });
      expect(journey.looks.some(({ conntrack }) => conntrack?.status.includes('dst-nat'))).toBe(true);
      const verdict = journey.steps.find(
        ({ hop }) => hop.function === 'nf_conntrack_in' && hop.kind === 'return',
      );
      expect(verdict?.hop.verdict).toBe('accept');
    }
  });

  it('keeps one trail into a VXLAN tunnel and out of it', async () => {
    modprobe('vxlan');
    using topology = new Topology();
    const { client, server } = topology.pair();
    for (const [netns, dev, local, remote] of [
      [client, 'c0', '10.9.0.1', '10.9.0.2'],
      [server, 's0', '10.9.0.2', '10.9.0.1'],
    ] as const) {
      const kind = [
        'type',
        'vxlan',
        'id',
        '42',
        'remote',
        remote,
        'local',
        local,
        'dstport',
        '4789',
        'dev',
        dev,
      ];
      topology.exec(netns, 'ip', 'link', 'add', 'vx0', ...kind);
      topology.exec(netns, 'ip', 'addr', 'add', `10.4.0.${local.at(-1)}/24`, 'dev', 'vx0');
      topology.exec(netns, 'ip', 'link', 'set', 'vx0', 'up');
    }
    await topology.serve(server, echoScript(7777, '10.4.0.2'));
    const { journeys } = await traced(
      'udp port 7777',
      () => void topology.node(client, udpScript(7777, '10.4.0.2')),
      all => all.some(first(7777)),
    );
    const journey = journeys.find(first(7777))!;
    expect(changesOf(journey)).toEqual(expect.arrayContaining(['encapsulated', 'decapsulated', 'namespace']));
    const outer = journey.looks.find(({ changed }) => changed.includes('encapsulated'))!;
    expect(outer.packet).toMatchObject({
      dport: 4789,
      tunnel: { kind: 'vxlan', vni: 42 },
      inner: { dport: 7777 },
    });
    expect(journey.looks.at(-1)).toMatchObject({ ifname: 'vx0', netnsName: server });
    if (functions) expect(journey.end.outcome).toBe('delivered');
  });

  it('finds a packet inside a tunnel with an inner filter', async () => {
    modprobe('vxlan');
    using topology = new Topology();
    const { client, server } = topology.pair();
    const kind = ['type', 'vxlan', 'id', '7', 'remote', '10.9.0.2', 'dstport', '4789', 'dev', 'c0'];
    topology.exec(client, 'ip', 'link', 'add', 'vx0', ...kind);
    topology.exec(client, 'ip', 'addr', 'add', '10.4.0.1/24', 'dev', 'vx0');
    topology.exec(client, 'ip', 'link', 'set', 'vx0', 'up');
    topology.exec(client, 'ip', 'neigh', 'add', '10.4.0.2', 'lladdr', '02:00:00:00:00:02', 'dev', 'vx0');
    const { compileFilter } = await import('../src/kernel/index.ts');
    const { journeys } = await traced(
      'udp port 4789',
      () => {
        topology.node(client, udpScript(6666, '10.4.0.2'));
        topology.node(client, udpScript(7777, '10.4.0.2'));
      },
      all => all.length > 0,
      { inner: compileFilter('udp port 7777').filter! },
    );
    expect(journeys.map(({ looks }) => looks[0]?.packet?.inner?.dport)).toEqual([7777]);
    expect(journeys[0]!.looks.at(-1)!.netnsName).toBe(server);
  });

  it('shows the clones of a flooded ARP request as one trail', async () => {
    modprobe('bridge');
    using topology = new Topology();
    const bridge = topology.netns('b');
    topology.exec(bridge, 'ip', 'link', 'add', 'br0', 'type', 'bridge');
    topology.exec(bridge, 'ip', 'link', 'set', 'br0', 'up');
    const hosts = [1, 2, 3, 4].map(index => {
      const host = topology.netns(`h${index}`);
      topology.veth(
        { netns: host, ifname: 'e0', addresses: [`10.5.0.${index}/24`] },
        { netns: bridge, ifname: `p${index}`, addresses: [] },
      );
      topology.exec(bridge, 'ip', 'link', 'set', `p${index}`, 'master', 'br0');
      return host;
    });
    const { journeys } = await traced(
      'arp',
      () => void topology.node(hosts[0]!, udpScript(9, '10.5.0.3')),
      all => all.some(journey => journey.looks[0]?.packet?.arp?.op === 'request'),
    );
    const journey = journeys.find(({ looks }) => looks[0]?.packet?.arp?.targetIp === '10.5.0.3')!;
    const seenIn = new Set(journey.looks.map(({ netnsName }) => netnsName));
    for (const host of hosts) expect(seenIn).toContain(host);
    expect(journey.lineage.filter(({ kind }) => kind === 'clone').length).toBeGreaterThanOrEqual(3);
    expect(journey.end.outcome).toBe('delivered');
  });

  it('follows IPv6', async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    await topology.serve(server, echoScript(7777, 'fd09::2'));
    const { journeys } = await traced(
      'ip6 and udp port 7777',
      () => void topology.node(client, udpScript(7777, 'fd09::2')),
      all => all.some(first(7777)),
    );
    const journey = journeys.find(first(7777))!;
    expect(journey.looks[0]!.packet).toMatchObject({ family: 'ipv6', dst: 'fd09::2' });
    expect(journey.looks.at(-1)!.netnsName).toBe(server);
    if (functions) expect(journey.end).toMatchObject({ outcome: 'delivered' });
  });

  it.skipIf(!functions)(`keeps the fragments of a datagram in one trail (${NO_FUNCTIONS})`, async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    await topology.serve(server, echoScript(7777, '10.9.0.2'));
    const { journeys } = await traced(
      'udp dst port 7777',
      () => void topology.node(client, datagramScript(7777, '10.9.0.2', 4000)),
      all => all.some(first(7777)),
    );
    const journey = journeys.find(first(7777))!;
    // Two where the sender had cut the datagram beforehand, three where ip_do_fragment copies.
    expect(journey.lineage.filter(({ kind }) => kind === 'fragment').length).toBeGreaterThanOrEqual(2);
    expect(new Set(journey.looks.map(({ packet }) => packet?.fragment?.offset ?? -1))).toEqual(
      new Set([-1, 0, 1480, 2960]),
    );
    expect(translationsOf(journey)).toEqual([]);
    expect(journey.end.outcome).toBe('delivered');
    expect(journeys).toHaveLength(1);
  });

  it.skipIf(!functions)(`follows the segments of a GSO packet (${NO_FUNCTIONS})`, async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    topology.exec(client, 'ethtool', '-K', 'c0', 'tso', 'off', 'gso', 'off');
    const sink = `import { createServer } from 'node:net'; import { writeSync } from 'node:fs';
createServer(socket => socket.resume()).listen(8080, '10.9.0.2', () => writeSync(1, 'bound\\n'));`;
    await topology.serve(server, sink);
    const send = `import { connect } from 'node:net';
const socket = connect(8080, '10.9.0.2', () => socket.end(Buffer.alloc(20000, 'x')));
socket.on('close', () => process.exit(0)).resume();`;
    const isSegmented = ({ lineage }: Journey): boolean => lineage.some(({ kind }) => kind === 'segment');
    const { journeys } = await traced(
      'tcp dst port 8080',
      () => void topology.node(client, send),
      all => all.some(isSegmented),
    );
    const journey = journeys.find(isSegmented)!;
    const segments = journey.lineage.filter(({ kind }) => kind === 'segment').length;
    expect(segments).toBe(Math.ceil((journey.looks[0]!.length - 52) / 1448));
    expect(journey.end.outcome).toBe('delivered');
    expect(journey.looks.some(({ netnsName, length }) => netnsName === server && length === 1500)).toBe(true);
  });

  it('tells bpf_redirect_peer from the plain way through the host', async context => {
    using topology = new Topology();
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
    const send = (): void => void topology.node(client, udpScript(7779, '10.7.0.2'));
    const enough = (all: readonly Journey[]): boolean => all.some(first(7779));
    const plain = (await traced('udp dst port 7779', send, enough)).journeys.find(first(7779))!;
    expect(plain.notes).toEqual([]);
    expect(namesOf(plain).filter(name => name === 'net_dev_start_xmit')).toHaveLength(2);
    using redirect = redirectTo('peer', topology, host, 'hc', 'hp');
    if (redirect.why) return context.skip(redirect.why);
    const mac = /link\/ether (\S+)/.exec(topology.exec(pod, 'ip', 'link', 'show', 'p0'))![1]!;
    topology.exec(client, 'ip', 'neigh', 'replace', '10.8.0.254', 'lladdr', mac, 'dev', 'c0');
    const peer = (await traced('udp dst port 7779', send, enough)).journeys.find(first(7779))!;
    expect(peer.notes).toMatchObject([{ kind: 'redirect-peer' }]);
    expect(peer.notes[0]!.text).toContain(`${pod}'s p0`);
    expect(namesOf(peer).filter(name => name === 'net_dev_start_xmit')).toHaveLength(1);
    expect(namesOf(peer)).not.toContain('ip_forward');
  });

  it('never joins packets that had the same memory one after the other', async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    await topology.serve(server, echoScript(7777, '10.9.0.2'));
    const { journeys, end } = await traced(
      'udp dst port 7777',
      () => void topology.node(client, udpScript(7777, '10.9.0.2', 400)),
      all => all.length >= 400,
    );
    expect(end.lost).toBe(0);
    expect(journeys).toHaveLength(400);
    for (const journey of journeys) {
      expect(namesOf(journey).filter(name => name === 'netif_receive_skb')).toHaveLength(1);
      expect(new Set(journey.looks.map(({ packet }) => packet?.id)).size).toBe(1);
    }
  });

  it('accounts for every one of 3,000 packets sent at full speed', async () => {
    using topology = new Topology();
    const { client } = topology.pair();
    const sender = `${process.cwd()}/tests/topology/udp-burst.mjs`;
    const entry = functions ? 'ip_rcv' : 'netif_receive_skb';
    let entered = 0;
    const { journeys, end } = await traced(
      'udp dst port 9999',
      () => void topology.exec(client, process.execPath, sender, '9999', '10.9.0.2', '3000'),
      all => {
        if (namesOf(all.at(-1)!).includes(entry)) entered++;
        return all.length >= 3000;
      },
    );
    expect(journeys.length).toBeGreaterThan(0);
    expect(entered + end.lost).toBeGreaterThanOrEqual(3000);
    if (end.lost === 0) expect(entered).toBe(3000);
  });
});
