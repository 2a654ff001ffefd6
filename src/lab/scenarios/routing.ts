import type { Scenario } from '../scenario.ts';
import { routed, type Stage } from '../stage.ts';
import { serveUdp, udpEcho, udpFilter } from './services.ts';

/** A second link between client and router: the way back that the router prefers. */
function secondLink({ world, client, router }: Stage): void {
  world.veth(
    { host: client, ifname: 'c1', addresses: ['10.99.2.1/24'] },
    { host: router, ifname: 'r2', addresses: ['10.99.2.254/24'] },
  );
}

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
