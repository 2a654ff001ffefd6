import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ChangeName, Translation } from '../src/events/index.ts';
import type { Journey } from '../src/trail/index.ts';
import { PROBING } from './topology/probing.ts';
import { Topology, tcpScript, udpScript } from './topology/topology.ts';
import { echoScript, traced } from './topology/traced.ts';

const mode = PROBING;
const functions = mode !== 'none';

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
const DROPS_8100 =
  'table ip t {\n chain in {\n type filter hook input priority 0\n tcp dport 8100 drop\n }\n}\n';
const modprobe = (...modules: string[]): void => {
  for (const module of modules) spawnSync('modprobe', [module]);
};

describe(`packets followed through topologies (${mode})`, () => {
  it('shows a SYN that an nft rule drops as one trail that ends there', async () => {
    modprobe('nf_tables');
    using topology = new Topology();
    const { client, server } = topology.pair();
    nft(topology, server, DROPS_8100);
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

  it.each(['stages', 'tracepoints'] as const)(
    'keeps one trail when a router has to give the packet other memory for its tunnel (--set %s)',
    async set => {
      modprobe('vxlan');
      using topology = new Topology();
      const { client: router, server } = topology.pair();
      const host = topology.netns('h');
      topology.veth(
        { netns: host, ifname: 'h0', addresses: ['10.3.0.1/24'] },
        { netns: router, ifname: 'rh', addresses: ['10.3.0.2/24'] },
      );
      topology.exec(host, 'ip', 'route', 'add', 'default', 'via', '10.3.0.2');
      topology.exec(router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
      for (const [netns, local, remote] of [
        [router, '10.9.0.1', '10.9.0.2'],
        [server, '10.9.0.2', '10.9.0.1'],
      ] as const) {
        const ends = ['remote', remote, 'local', local, 'dstport', '4789'];
        topology.exec(netns, 'ip', 'link', 'add', 'vx0', 'type', 'vxlan', 'id', '42', ...ends);
        topology.exec(netns, 'ip', 'addr', 'add', `10.4.0.${local.at(-1)}/24`, 'dev', 'vx0');
        topology.exec(netns, 'ip', 'link', 'set', 'vx0', 'up');
      }
      topology.exec(server, 'ip', 'route', 'add', '10.3.0.0/24', 'via', '10.4.0.1');
      topology.exec(host, 'ping', '-c', '1', '-W', '5', '10.4.0.2');
      const { journeys } = await traced(
        'udp dst port 7777',
        () => void topology.node(host, udpScript(7777, '10.4.0.2')),
        all => all.length > 0,
        { set },
      );
      expect(journeys).toHaveLength(1);
      const journey = journeys[0]!;
      expect(new Set(journey.looks.map(({ netnsName }) => netnsName))).toEqual(
        new Set([host, router, server]),
      );
      expect(changesOf(journey)).toEqual(expect.arrayContaining(['ttl', 'encapsulated', 'decapsulated']));
      // With functions the move itself is seen, and is nobody's business.
      if (set === 'tracepoints') expect(journey.lineage.map(({ kind }) => kind)).toContain('realloc');
      expect(journey.end.end).toMatchObject({ outcome: 'dropped', reason: 'NO_SOCKET', netnsName: server });
    },
  );

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

  it('tells where a packet is that is sent again', async () => {
    modprobe('nf_tables');
    using topology = new Topology();
    const { client, server } = topology.pair();
    nft(topology, server, DROPS_8100);
    const { journeys } = await traced(
      'tcp dst port 8100',
      () => void topology.node(client, tcpScript(8100, '10.9.0.2', 2500)),
      all => all.length >= 2,
    );
    const [sent, again] = journeys.toSorted((a, b) => a.trail - b.trail);
    expect(again!.looks[0]!.packet?.dport).toBe(8100);
    expect(namesOf(again!)[0]).toBe(namesOf(sent!)[0]);
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

  it('says which probes lost records when the buffer is too small', async () => {
    using topology = new Topology();
    const { client } = topology.pair();
    const sender = `${process.cwd()}/tests/topology/udp-burst.mjs`;
    const { end } = await traced(
      'udp dst port 9999',
      () => void topology.exec(client, process.execPath, sender, '9999', '10.9.0.2', '3000'),
      () => false,
      { ringBytes: 16_384, durationMs: 5000 },
    );
    expect(end.lost).toBeGreaterThan(0);
    expect(end.lostByProbe.reduce((sum, { lost }) => sum + lost, 0)).toBe(end.lost);
    expect(
      end.lostByProbe
        .map(({ function: name }) => name)
        .join(' or ')
        .split(' or '),
    ).toContain('net_dev_queue');
  });
});
