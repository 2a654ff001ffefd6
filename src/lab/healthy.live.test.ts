import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compileFilter } from '../kernel/index.ts';
import { Machine, runWhy } from '../session/index.ts';
import type { Family } from './scenario.ts';
import { serveTcp, serveUdp, tcpEcho, tcpFilter, udpEcho, udpFilter } from './scenarios/services.ts';
import { slowness } from './slowness.ts';
import { PORT, pair, routed, type Stage } from './stage.ts';
import { World } from './world.ts';

interface Healthy {
  readonly name: string;
  readonly build: (family: Family) => Stage;
  readonly setUp: (stage: Stage) => Promise<void> | void;
  /** One round of traffic. */
  readonly round: (stage: Stage) => Promise<string>;
  /** null: no filter, but only the namespaces of the stage. */
  readonly filter: ((stage: Stage) => string) | null;
}

const bulk = async ({ client, at }: Stage): Promise<string> =>
  (await client.agent()).call('pump', { port: PORT, host: at.server, bytes: 16 << 20, wait: 4000 });

const storm = async (stage: Stage): Promise<string> => {
  const results = await Promise.all(Array.from({ length: 12 }, () => tcpEcho(stage, { wait: 3000 })));
  return results.find(result => result !== 'ok') ?? 'ok';
};

const questions = async (stage: Stage): Promise<string> => {
  const results = await Promise.all(
    Array.from({ length: 8 }, () => udpEcho(stage, { size: 40, wait: 3000 })),
  );
  return results.find(result => result !== 'ok') ?? 'ok';
};

/** Source NAT and a stateful firewall in the router. */
const nat = ({ router }: Stage): void =>
  router.nft(`table inet lab {
    chain post { type nat hook postrouting priority srcnat; oifname "r1" masquerade
    }
    chain forward { type filter hook forward priority 0; policy drop
      ct state established,related accept
      meta l4proto { tcp, udp, ipv6-icmp, icmp } accept
    }
  }`);

/** Both ends hang on a bridge in a third namespace. */
function bridged(family: Family): Stage {
  const stage = pair(family);
  const { world, client, server } = stage;
  const middle = world.host('switch');
  client.ip('link del c0');
  const ends = [
    { host: client, ifname: 'c0', addresses: ['10.99.0.1/24', 'fd99::1/64'] },
    { host: server, ifname: 's0', addresses: ['10.99.0.2/24', 'fd99::2/64'] },
  ];
  for (const [at, end] of ends.entries()) world.veth(end, { host: middle, ifname: `p${at}`, addresses: [] });
  middle.ip(
    'link add br0 type bridge',
    'link set br0 up',
    'link set p0 master br0',
    'link set p1 master br0',
  );
  return stage;
}

/** The service is reached through a VXLAN tunnel over the pair's link. */
function tunnelled(family: Family): Stage {
  const stage = pair(family);
  for (const [host, local, remote, own] of [
    [stage.client, '10.99.0.1', '10.99.0.2', 1],
    [stage.server, '10.99.0.2', '10.99.0.1', 2],
  ] as const)
    host.ip(
      `link add vx0 type vxlan id 9 dstport 4789 local ${local} remote ${remote}`,
      'link set vx0 up',
      `addr add 10.97.0.${own}/24 dev vx0`,
      `addr add fd97::${own}/64 dev vx0 nodad`,
    );
  const server = family === 'ipv4' ? '10.97.0.2' : 'fd97::2';
  return { ...stage, at: { ...stage.at, server } };
}

/** The router sends connections to its own address on to the server. */
const portForward = ({ router, at, family }: Stage): void => {
  const [ip, to] = family === 'ipv4' ? ['ip', at.server] : ['ip6', `[${at.server}]`];
  router.nft(`table inet lab {
    chain pre { type nat hook prerouting priority dstnat; ${ip} daddr ${at.gateway} tcp dport ${PORT} dnat ${ip} to ${to}:${PORT}
    }
  }`);
};

const run = promisify(execFile);
const ping = async ({ client, at }: Stage): Promise<string> => {
  await run('ip', ['netns', 'exec', client.netns, 'ping', '-c3', '-i0.2', '-W2', at.server]);
  return 'ok';
};

/** Other namespaces come and go meanwhile. */
const teardown = async (stage: Stage): Promise<string> => {
  const world = new World();
  const [a, b] = [world.host('x'), world.host('y')];
  world.veth(
    { host: a, ifname: 'x0', addresses: ['10.98.0.1/24'] },
    { host: b, ifname: 'y0', addresses: ['10.98.0.2/24'] },
  );
  a.try('ping', '-c1', '-W1', '10.98.0.2');
  world[Symbol.dispose]();
  return tcpEcho(stage);
};

const KINDS: readonly Healthy[] = [
  {
    name: 'bulk TCP',
    build: pair,
    setUp: stage => serveTcp(stage, 'discard'),
    round: bulk,
    filter: tcpFilter,
  },
  {
    name: 'short TCP connections',
    build: pair,
    setUp: serveTcp,
    round: stage => tcpEcho(stage),
    filter: tcpFilter,
  },
  { name: 'a storm of connections', build: pair, setUp: serveTcp, round: storm, filter: tcpFilter },
  { name: 'UDP questions and answers', build: pair, setUp: serveUdp, round: questions, filter: udpFilter },
  { name: 'routed UDP', build: routed, setUp: serveUdp, round: stage => udpEcho(stage), filter: udpFilter },
  {
    name: 'NAT and a stateful firewall',
    build: routed,
    setUp: async stage => {
      nat(stage);
      await serveTcp(stage);
    },
    round: stage => tcpEcho(stage),
    filter: tcpFilter,
  },
  { name: 'a bridge', build: bridged, setUp: serveTcp, round: stage => tcpEcho(stage), filter: tcpFilter },
  { name: 'VXLAN', build: tunnelled, setUp: serveTcp, round: stage => tcpEcho(stage), filter: tcpFilter },
  { name: 'namespaces that come and go', build: pair, setUp: serveTcp, round: teardown, filter: tcpFilter },
  { name: 'whole namespaces, no filter', build: routed, setUp: serveTcp, round: storm, filter: null },
  {
    name: 'bulk TCP through NAT',
    build: routed,
    setUp: async stage => {
      nat(stage);
      await serveTcp(stage, 'discard');
    },
    round: bulk,
    filter: tcpFilter,
  },
  {
    name: 'datagrams in fragments',
    build: routed,
    setUp: serveUdp,
    round: stage => udpEcho(stage, { size: 6000, wait: 3000 }),
    filter: stage => `host ${stage.at.server}`,
  },
  {
    name: 'ping',
    build: routed,
    setUp: () => undefined,
    round: ping,
    filter: ({ at }) => `host ${at.server}`,
  },
  {
    name: 'whole namespaces, questions, no filter',
    build: bridged,
    setUp: serveUdp,
    round: questions,
    filter: null,
  },
  {
    name: 'a forwarded port',
    build: routed,
    setUp: async stage => {
      portForward(stage);
      await serveTcp(stage);
    },
    round: ({ client, at }) =>
      client.agent().then(agent => agent.call('tcp', { port: PORT, host: at.gateway, wait: 3000 })),
    filter: ({ at }) => `tcp port ${PORT} and (host ${at.gateway} or host ${at.server})`,
  },
];

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
const WATCH_MS = 1000;
/** In an emulated machine each takes ten seconds: there every third kind is run unless NETWHY_HEALTHY=all. */
const SOME =
  slowness() > 1 && process.env.NETWHY_HEALTHY !== 'all' ? KINDS.filter((_, at) => at % 3 === 1) : KINDS;
const machine = new Machine();

describe('healthy traffic', () => {
  const runs = SOME.flatMap(kind =>
    FAMILIES.map(family => ({ kind, family, title: `${kind.name}, ${family}` })),
  );
  it.each(runs)('$title', async ({ kind, family }) => {
    const stage = kind.build(family);
    using _world = stage.world;
    await kind.setUp(stage);
    for (let i = 0; i < 10 && (await kind.round(stage)) !== 'ok'; i++) await delay(200);
    const verdict = await watched(kind, stage);
    expect(told(verdict)).toBe('healthy');
  });
});

async function watched({ round, filter }: Healthy, stage: Stage): ReturnType<typeof runWhy> {
  const { client, router, server } = stage;
  const text = filter?.(stage) ?? null;
  const request = {
    ...{ filterText: text, durationMs: WATCH_MS * slowness() },
    ...(text === null
      ? { namespaces: [...new Set([client, router, server])].map(({ inode }) => inode) }
      : { filter: compileFilter(text).filter }),
  };
  let over = false;
  let traffic: Promise<void> | undefined;
  const ready = (): void => {
    traffic = (async () => {
      while (!over) await round(stage);
    })();
  };
  const verdict = await runWhy(machine, request, { ready }, new AbortController().signal);
  over = true;
  await traffic;
  return verdict;
}

/** What a failing run shows. */
function told({ verdict, causes, unexplained, unseen }: Awaited<ReturnType<typeof runWhy>>): string {
  if (verdict === 'healthy') return verdict;
  const odd = unexplained.map(
    ({ kind, reason, where, flows }) =>
      `${kind} ${reason} ${JSON.stringify(where)} ${JSON.stringify(flows[0])}`,
  );
  return [
    verdict,
    ...causes.map(({ id, says }) => `${id}: ${says}`),
    ...odd,
    ...unseen.map(({ what }) => what),
  ].join('\n');
}
