import { catchEchoes, macOf, rawEcho } from '../raw-link.ts';
import type { Scenario } from '../scenario.ts';
import { PORT, pair, routed, type Stage } from '../stage.ts';
import { serveTcp, serveUdp, tcpEcho, tcpFilter, udpEcho, udpFilter } from './services.ts';

const BITS = { ipv4: 24, ipv6: 64 } as const;
/** A next hop that does not answer is given up after half a second instead of three. */
const fastNeighbours = (ifname: string): string[] =>
  ['ipv4', 'ipv6'].map(family => `net.${family}.neigh.${ifname}.retrans_time_ms=150`);

const nodad = ({ family }: Stage): string => (family === 'ipv6' ? ' nodad' : '');

export const neighbourUnresolved: Scenario = {
  id: 'neighbour-unresolved',
  families: ['ipv4', 'ipv6'],
  build: routed,
  setUp: async stage => {
    stage.router.sysctl(...fastNeighbours('r1'));
    await serveUdp(stage);
  },
  exchange: stage => udpEcho(stage),
  breaks: 'the server loses its address: nobody answers for it any more',
  breakIt: ({ server, router, at, family }) => {
    server.ip(`addr del ${at.server}/${BITS[family]} dev s0`);
    router.ip('neigh flush dev r1');
  },
  filter: udpFilter,
  heed: stage => {
    const { server, at, family } = stage;
    server.ip(
      `addr add ${at.server}/${BITS[family]} dev s0${nodad(stage)}`,
      `route replace default via ${at.inner}`,
    );
  },
};

export const linkNoCarrier: Scenario = {
  id: 'link-no-carrier',
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: async stage => {
    stage.server.sysctl('net.ipv6.conf.all.keep_addr_on_down=1', 'net.ipv6.conf.s0.keep_addr_on_down=1');
    stage.client.sysctl(...fastNeighbours('c0'));
    await serveUdp(stage);
  },
  exchange: stage => udpEcho(stage),
  breaks: 'the server’s end of the link is set down',
  breakIt: ({ server }) => server.ip('link set s0 down'),
  filter: udpFilter,
};

export const wrongMac: Scenario = {
  id: 'wrong-mac',
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: serveUdp,
  exchange: stage => udpEcho(stage),
  breaks: 'the client has a wrong MAC address for the server',
  breakIt: ({ client, at }) =>
    client.ip(`neigh replace ${at.server} lladdr 02:00:00:00:00:99 dev c0 nud permanent`),
  filter: udpFilter,
};

/** Datagrams that are frames of our own making. */
const raw = {
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: async (stage: Stage): Promise<void> => {
    await serveUdp(stage);
    await catchEchoes(stage);
    // Neither end asks for the other's MAC address while odd frames are about.
    stage.server.ip(`neigh replace ${stage.at.client} lladdr ${macOf(stage.client, 'c0')} dev s0`);
  },
  filter: ({ at }: Stage): string => `host ${at.server}`,
} as const;

const noteOdd = ({ notes }: Stage): void => {
  notes.set('odd', 'yes');
};
const noteEven = ({ notes }: Stage): void => {
  notes.delete('odd');
};

export const vlanUnknown: Scenario = {
  ...raw,
  id: 'vlan-unknown',
  exchange: stage => rawEcho(stage, stage.notes.has('odd') ? { vlan: 7 } : {}),
  filter: ({ at }) => `host ${at.server} or (vlan and host ${at.server})`,
  breaks: 'the client tags its frames with VLAN 7',
  breakIt: noteOdd,
  heed: noteEven,
};

export const protocolUnknown: Scenario = {
  ...raw,
  id: 'protocol-unknown',
  exchange: stage => rawEcho(stage, stage.notes.has('odd') ? { protocol: 253 } : {}),
  breaks: 'the client sends IP protocol 253, which nobody handles',
  breakIt: noteOdd,
  heed: noteEven,
};

export const fragmentLost: Scenario = {
  ...raw,
  id: 'fragment-lost',
  setUp: async stage => {
    stage.server.sysctl('net.ipv4.ipfrag_time=1', 'net.ipv6.ip6frag_time=1');
    await raw.setUp(stage);
  },
  exchange: stage => rawEcho(stage, stage.notes.has('odd') ? { halved: true } : {}),
  breaks: 'the second fragment of each datagram gets lost',
  breakIt: noteOdd,
  watchMs: 4000,
  heed: noteEven,
};

const mangle = (family: Stage['family']): string => `table ${family === 'ipv4' ? 'ip' : 'ip6'} lab {
  chain post { type filter hook postrouting priority 300; udp dport ${PORT} @th,48,16 set 0xbad1
  }
}`;

export const checksumBad: Scenario = {
  id: 'checksum-bad',
  tools: ['nft', 'ethtool'],
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: async stage => {
    stage.client.run('ethtool', '-K', 'c0', 'tx', 'off');
    await serveUdp(stage);
  },
  exchange: stage => udpEcho(stage),
  breaks: 'something on the client’s way out writes a wrong UDP checksum',
  breakIt: ({ client, family }) => client.nft(mangle(family)),
  filter: udpFilter,
  heed: ({ client }) => client.nft('flush ruleset'),
};

const SLOW = 'rate 2mbit burst 2000';

export const qdiscLimit: Scenario = {
  id: 'qdisc-limit',
  tools: ['tc'],
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: async stage => {
    stage.client.run('sh', '-c', `tc qdisc add dev c0 root handle 1: tbf ${SLOW} limit 100000`);
    await serveUdp(stage);
  },
  exchange: async ({ client, at }) =>
    (await client.agent()).call('burst', { port: PORT, host: at.server, count: 16 }),
  breaks: 'the queue of the client’s interface is made short: 4000 bytes',
  breakIt: ({ client }) => {
    client.run('sh', '-c', `tc qdisc change dev c0 root handle 1: tbf ${SLOW} limit 4000`);
  },
  filter: udpFilter,
};

const TOO_BIG = {
  ipv4: 'icmp type destination-unreachable icmp code 4 drop',
  ipv6: 'icmpv6 type packet-too-big drop',
} as const;

export const mtuExceeded: Scenario = {
  id: 'mtu-exceeded',
  tools: ['nft'],
  families: ['ipv4', 'ipv6'],
  build: routed,
  setUp: serveTcp,
  exchange: stage => tcpEcho(stage, { size: 4000 }),
  breaks:
    'the link behind the router has a smaller MTU, and the ICMP errors that say so do not reach the client',
  breakIt: ({ client, router, family }) => {
    client.nft(`table inet lab { chain in { type filter hook input priority 0; ${TOO_BIG[family]}
}
}`);
    router.ip('link set r1 mtu 1300');
  },
  filter: tcpFilter,
};

/** A classic filter that answers "drop" (TC_ACT_SHOT) for every packet of the protocol. */
const SHOT = '1,6 0 0 2';

export const tcDrop: Scenario = {
  id: 'tc-drop',
  tools: ['tc'],
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: async stage => {
    stage.server.run('tc', 'qdisc', 'add', 'dev', 's0', 'clsact');
    await serveTcp(stage);
  },
  exchange: stage => tcpEcho(stage),
  breaks: 'a tc filter at the server’s ingress drops',
  breakIt: ({ server, family }) => {
    const protocol = family === 'ipv4' ? 'ip' : 'ipv6';
    server.run(
      'tc',
      'filter',
      'add',
      'dev',
      's0',
      'ingress',
      'protocol',
      protocol,
      'pref',
      '10',
      'bpf',
      'da',
      'bytecode',
      SHOT,
    );
  },
  filter: tcpFilter,
};
