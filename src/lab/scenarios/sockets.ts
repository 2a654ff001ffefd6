import type { Scenario } from '../scenario.ts';
import { PORT, pair, type Stage } from '../stage.ts';
import { serveTcp, serveUdp, tcpEcho, tcpFilter, udpEcho, udpFilter } from './services.ts';

export const tcpNoListener: Scenario = {
  id: 'tcp-no-listener',
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: serveTcp,
  exchange: stage => tcpEcho(stage),
  breaks: 'the service is stopped',
  breakIt: async ({ server }) => {
    await (await server.agent()).call('unlisten', { name: `tcp${PORT}` });
  },
  filter: tcpFilter,
  heed: serveTcp,
};

export const udpNoListener: Scenario = {
  id: 'udp-no-listener',
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: serveUdp,
  exchange: stage => udpEcho(stage),
  breaks: 'the service is stopped',
  breakIt: async ({ server }) => {
    await (await server.agent()).call('unlisten', { name: `udp${PORT}` });
  },
  filter: udpFilter,
  heed: serveUdp,
};

/** The advice "make it read, make it accept": let the stopped process go on. */
const thaw = async ({ server }: Stage): Promise<void> => {
  (await server.agent()).thaw();
};

export const acceptQueueFull: Scenario = {
  id: 'accept-queue-full',
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: stage => serveTcp(stage, 'echo', 2),
  exchange: stage => tcpEcho(stage),
  breaks: 'the server’s process is stopped (SIGSTOP), and more clients come than its backlog of 2 holds',
  breakIt: async ({ client, server, at }) => {
    (await server.agent()).freeze();
    await (await client.agent()).call('storm', { port: PORT, host: at.server, count: 6 });
  },
  filter: tcpFilter,
  heed: thaw,
};

const FLOOD = 600;

export const udpReceiveBufferFull: Scenario = {
  id: 'udp-receive-buffer-full',
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: serveUdp,
  exchange: async stage => {
    const { client, at, notes } = stage;
    if (notes.has('flood'))
      await (await client.agent()).call('flood', { port: PORT, host: at.server, count: FLOOD });
    return udpEcho(stage);
  },
  breaks: 'the server’s process is stopped (SIGSTOP), and datagrams go on coming',
  breakIt: async ({ server, notes }) => {
    (await server.agent()).freeze();
    notes.set('flood', 'yes');
  },
  filter: udpFilter,
  heed: async stage => {
    stage.notes.delete('flood');
    await thaw(stage);
    await new Promise(resolve => setTimeout(resolve, 300));
  },
};

export const zeroWindow: Scenario = {
  id: 'zero-window',
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: stage => serveTcp(stage, 'discard'),
  exchange: async ({ client, at }) =>
    (await client.agent()).call('pump', { port: PORT, host: at.server, bytes: 8 << 20, wait: 1500 }),
  breaks: 'the server’s process is stopped (SIGSTOP) and reads nothing',
  breakIt: async ({ server }) => {
    (await server.agent()).freeze();
  },
  watchMs: 4000,
  filter: tcpFilter,
  heed: thaw,
};

const ask =
  (pause = 0) =>
  async ({ client, at }: Stage): Promise<string> =>
    (await client.agent()).call('ask', { port: PORT, host: at.server, pause });

const served =
  (how: string) =>
  (stage: Stage): Promise<void> =>
    serveTcp(stage, how);

/** Services whose program behaves badly once it is broken, and is mended again. */
const misbehaving = (
  how: string,
  pause?: number,
): Pick<Scenario, 'families' | 'build' | 'setUp' | 'exchange' | 'breakIt' | 'filter' | 'heed'> => ({
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: served('echo'),
  exchange: ask(pause),
  breakIt: served(how),
  filter: tcpFilter,
  heed: served('echo'),
});

export const appClosedWithUnreadData: Scenario = {
  ...misbehaving('rude'),
  id: 'app-closed-with-unread-data',
  breaks: 'the service closes without reading what it was sent',
};

export const appResetOnLinger: Scenario = {
  ...misbehaving('reset'),
  id: 'app-reset-on-linger',
  breaks: 'the service ends connections by SO_LINGER with 0',
};

export const segmentAfterTimewait: Scenario = {
  ...misbehaving('hasty', 250),
  id: 'segment-after-timewait',
  breaks: 'the service closes first, and the client goes on sending',
};
