import { ControlGroup } from '../cgroup.ts';
import { refuseAll, takeAll } from '../refusing-filter.ts';
import type { Scenario } from '../scenario.ts';
import { PORT, pair, type Stage } from '../stage.ts';
import { serveUdp, udpEcho, udpFilter } from './services.ts';

const filtered =
  (change: (pid: number, port: number) => void) =>
  async ({ server }: Stage): Promise<void> =>
    change((await server.agent()).pid, PORT);

export const socketFilterDrop: Scenario = {
  id: 'socket-filter-drop',
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: serveUdp,
  exchange: stage => udpEcho(stage),
  breaks: 'the service attaches a filter to its socket that refuses everything',
  breakIt: filtered(refuseAll),
  filter: udpFilter,
  heed: filtered(takeAll),
};

export const cgroupBpfDrop: Scenario = {
  id: 'cgroup-bpf-drop',
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: async stage => {
    const { world, client } = stage;
    const group = world.owns(new ControlGroup(client.netns));
    group.take((await client.agent()).pid);
    stage.props.set('group', group);
    await serveUdp(stage);
  },
  exchange: stage => udpEcho(stage),
  breaks: 'a BPF program that refuses everything is attached to the control group of the client',
  breakIt: ({ props }) => (props.get('group') as ControlGroup).refuseEgress(),
  filter: udpFilter,
};
