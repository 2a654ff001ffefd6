import { setTimeout as delay } from 'node:timers/promises';
import { Wiretap } from '../live-connection.ts';
import type { Scenario } from '../scenario.ts';
import { slowness } from '../slowness.ts';
import { PORT, routed, type Stage } from '../stage.ts';
import { serveTcp, tcpEcho, tcpFilter } from './services.ts';

const natTable = (rule: string): string => `table inet lab
delete table inet lab
table inet lab {
  chain post { type nat hook postrouting priority srcnat; ${rule}
  }
  chain forward { type filter hook forward priority 0; ct state new counter; }
}`;

const masquerade = `oifname "r1" meta l4proto tcp masquerade`;

function narrowSnat({ family, at }: Stage): string {
  const [ip, to] = family === 'ipv4' ? ['ip', at.inner] : ['ip6', `[${at.inner}]`];
  return `oifname "r1" meta l4proto tcp snat ${ip} to ${to}:5000-5063`;
}

export const snatPortsExhausted: Scenario = {
  id: 'snat-ports-exhausted',
  tools: ['nft', 'conntrack'],
  families: ['ipv4', 'ipv6'],
  build: routed,
  setUp: async stage => {
    stage.router.nft(natTable(masquerade));
    await serveTcp(stage);
  },
  exchange: stage => tcpEcho(stage),
  breaks: 'the router’s source NAT is given 64 ports only, and 80 connections stay open',
  breakIt: async stage => {
    stage.router.nft(natTable(narrowSnat(stage)));
    await (await stage.client.agent()).call('storm', { port: PORT, host: stage.at.server, count: 80 });
  },
  filter: tcpFilter,
};

/** Long enough for a segment to get through. */
const PAUSE_MS = 60;
const AHEAD = 3_000_000;
const PUSH_ACK = 0x18;

/** A connection through NAT, in the midst of which a segment far beyond the window appears. */
async function disturbedExchange(stage: Stage): Promise<string> {
  const { client, at, notes } = stage;
  const agent = await client.agent();
  using tap = new Wiretap(stage, 'r0');
  const opened = await agent.call('open', { name: 'c', port: PORT, host: at.server });
  if (!/^\d+$/.test(opened)) return opened;
  const first = await agent.call('over', { name: 'c' });
  if (first !== 'ok') return first;
  await delay(PAUSE_MS * slowness());
  const standing = tap.standing(Number(opened));
  if (notes.has('disturb') && standing) tap.inject(standing, { seq: AHEAD, flags: PUSH_ACK, size: 8 });
  await delay(PAUSE_MS * slowness());
  return agent.call('over', { name: 'c' });
}

export const conntrackInvalidReset: Scenario = {
  id: 'conntrack-invalid-reset',
  tools: ['nft', 'conntrack'],
  families: ['ipv4', 'ipv6'],
  build: routed,
  setUp: async stage => {
    stage.router.nft(natTable(masquerade));
    await serveTcp(stage);
  },
  exchange: disturbedExchange,
  breaks: 'segments far ahead of the window appear in connections that the router translates',
  breakIt: ({ notes }) => {
    notes.set('disturb', 'yes');
  },
  filter: tcpFilter,
};

const RST = 0x04;

export const outOfWindow: Scenario = {
  id: 'out-of-window',
  families: ['ipv4', 'ipv6'],
  build: routed,
  setUp: serveTcp,
  exchange: async stage => {
    const { client, at, notes } = stage;
    const agent = await client.agent();
    using tap = new Wiretap(stage, 'r0');
    const opened = await agent.call('open', { name: 'c', port: PORT, host: at.server });
    if (!/^\d+$/.test(opened)) return opened;
    await agent.call('over', { name: 'c' });
    const standing = tap.standing(Number(opened));
    if (notes.has('forge') && standing) tap.inject(standing, { seq: 20_000, flags: RST, size: 0 });
    return agent.call('over', { name: 'c' });
  },
  breaks: 'somebody forges resets with sequence numbers that are not the expected ones',
  breakIt: ({ notes }) => {
    notes.set('forge', 'yes');
  },
  silent: true,
  filter: tcpFilter,
  heed: ({ notes }) => {
    notes.delete('forge');
  },
};
