import type { Scenario } from '../scenario.ts';
import { PORT, pair } from '../stage.ts';
import { serveTcp, tcpEcho, tcpFilter } from './services.ts';

export const tcpNoListener: Scenario = {
  id: 'tcp-no-listener',
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: stage => serveTcp(stage),
  exchange: stage => tcpEcho(stage),
  breaks: 'the service is stopped',
  breakIt: async ({ server }) => {
    await (await server.agent()).call('unlisten', { name: `tcp${PORT}` });
  },
  filter: tcpFilter,
  heed: stage => serveTcp(stage),
};
