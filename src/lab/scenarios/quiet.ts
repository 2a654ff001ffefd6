import type { OutsideWire } from '../outside-wire.ts';
import type { Scenario } from '../scenario.ts';
import { apart, PORT } from '../stage.ts';
import { serveTcp, tcpFilter } from './services.ts';

export const nothingDroppedHere: Scenario = {
  id: 'nothing-dropped-here',
  families: ['ipv4', 'ipv6'],
  build: apart,
  setUp: stage => serveTcp(stage),
  exchange: async ({ client, at }) =>
    (await client.agent()).call('tcp', { port: PORT, host: at.server, wait: 2300 }),
  breaks: 'the network between client and server, which is outside of this kernel, loses everything',
  breakIt: ({ props }) => {
    (props.get('wire') as OutsideWire).cut(true);
  },
  watchMs: 5000,
  filter: tcpFilter,
  heed: ({ props }) => {
    (props.get('wire') as OutsideWire).cut(false);
  },
};
