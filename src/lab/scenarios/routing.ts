import type { Scenario } from '../scenario.ts';
import { pair, routed, type Stage } from '../stage.ts';
import { serveTcp, serveUdp, tcpEcho, tcpFilter, udpEcho, udpFilter } from './services.ts';

/** A second link between client and router: the way back that the router prefers. */
function secondLink({ world, client, router }: Stage): void {
  world.veth(
    { host: client, ifname: 'c1', addresses: ['10.99.2.1/24'] },
    { host: router, ifname: 'r2', addresses: ['10.99.2.254/24'] },
  );
}

const BITS = { ipv4: 32, ipv6: 128 } as const;

export const rpFilterStrict: Scenario = {
  id: 'rp-filter-strict',
  families: ['ipv4'],
  build: routed,
  setUp: async stage => {
    secondLink(stage);
    stage.router.sysctl('net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.r0.rp_filter=0');
    stage.router.ip('route add 10.99.0.1/32 via 10.99.2.1 dev r2');
    await serveUdp(stage);
  },
  exchange: stage => udpEcho(stage),
  breaks: 'the reverse path filter of r0 is made strict, while the way back to the client is r2',
  breakIt: ({ router }) => router.sysctl('net.ipv4.conf.r0.rp_filter=1'),
  filter: udpFilter,
};

export const martianSource: Scenario = {
  id: 'martian-source',
  families: ['ipv4'],
  build: pair,
  setUp: serveUdp,
  exchange: stage => udpEcho(stage),
  breaks: 'the server is given the client’s address as well: a duplicate',
  breakIt: ({ server, at }) => server.ip(`addr add ${at.client}/32 dev lo`),
  filter: udpFilter,
  heed: ({ server, at }) => server.ip(`addr del ${at.client}/32 dev lo`),
};

const defaultRoute = ({ at }: Stage): string => `default via ${at.gateway}`;

export const noRouteOutput: Scenario = {
  id: 'no-route-output',
  families: ['ipv4', 'ipv6'],
  build: routed,
  setUp: serveTcp,
  exchange: stage => tcpEcho(stage),
  breaks: 'the client’s default route is removed',
  breakIt: stage => stage.client.ip(`route del ${defaultRoute(stage)}`),
  filter: tcpFilter,
  heed: stage => stage.client.ip(`route add ${defaultRoute(stage)}`),
};

const networkOf = ({ family }: Stage): string => (family === 'ipv4' ? '10.99.1.0/24' : 'fd99:1::/64');

export const noRouteForward: Scenario = {
  id: 'no-route-forward',
  families: ['ipv4', 'ipv6'],
  build: routed,
  setUp: serveTcp,
  exchange: stage => tcpEcho(stage),
  breaks: 'the router’s route to the server’s network is removed',
  breakIt: stage => stage.router.ip(`route del ${networkOf(stage)} dev r1`),
  filter: tcpFilter,
  heed: stage => stage.router.ip(`route add ${networkOf(stage)} dev r1`),
};

export const forwardingDisabled: Scenario = {
  id: 'forwarding-disabled',
  families: ['ipv4', 'ipv6'],
  build: routed,
  setUp: serveTcp,
  exchange: stage => tcpEcho(stage),
  breaks: 'the router’s forwarding is switched off',
  breakIt: ({ router, family }) =>
    router.sysctl(family === 'ipv4' ? 'net.ipv4.ip_forward=0' : 'net.ipv6.conf.all.forwarding=0'),
  filter: tcpFilter,
};

export const routeTypeDrop: Scenario = {
  id: 'route-type-drop',
  families: ['ipv4', 'ipv6'],
  build: routed,
  setUp: serveTcp,
  exchange: stage => tcpEcho(stage),
  breaks: 'the router gets a blackhole route for the server',
  breakIt: ({ router, at, family }) => router.ip(`route add blackhole ${at.server}/${BITS[family]}`),
  filter: tcpFilter,
};

export const ttlExceeded: Scenario = {
  id: 'ttl-exceeded',
  families: ['ipv4', 'ipv6'],
  build: routed,
  setUp: serveUdp,
  exchange: stage => udpEcho(stage),
  breaks: 'the client sends with a TTL of 1',
  breakIt: ({ client }) => client.sysctl(...hops(1)),
  filter: udpFilter,
  heed: ({ client }) => client.sysctl(...hops(64)),
};

function hops(count: number): string[] {
  return [`net.ipv4.ip_default_ttl=${count}`, `net.ipv6.conf.c0.hop_limit=${count}`];
}
