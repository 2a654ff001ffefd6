import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kernelAtLeast, parseKernelVersion } from '../src/base/index.ts';
import type { TraceRequest } from '../src/session/index.ts';
import type { Journey } from '../src/trail/index.ts';
import { dropByProgram } from './topology/netfilter-program.ts';
import { PROBING } from './topology/probing.ts';
import { Topology, tcpScript, udpScript } from './topology/topology.ts';
import { traced } from './topology/traced.ts';
import { dropByXdp } from './topology/xdp-program.ts';

const functions = PROBING !== 'none';
const kernel = parseKernelVersion(readFileSync('/proc/sys/kernel/osrelease', 'utf8'))!;

/** What the function answered, as "name verdict", in order. */
function answersOf(journey: Journey): string[] {
  return journey.steps.flatMap(({ hop }) =>
    hop.kind === 'return' ? [`${hop.function} ${hop.verdict}`] : [],
  );
}

/** The way of a SYN from the client to the server. */
async function syn(topology: Topology, from: string, request: Partial<TraceRequest> = {}): Promise<Journey> {
  const { journeys } = await traced(
    'tcp dst port 8100',
    () => void topology.node(from, tcpScript(8100, '10.9.0.2', 300)),
    all => all.length > 0,
    request,
  );
  return journeys[0]!;
}

/** Translation needs connection tracking, which runs only where something asks for it. */
const TRACKED =
  '; add chain ip t d { type filter hook input priority 0; }; add rule ip t d ct state new counter';
const chain = (type: string, hook: string): string =>
  `add table ip t; add chain ip t c { type ${type} hook ${hook} priority 0; }; add rule ip t c tcp dport 8100 drop`;

describe.skipIf(!functions)(
  'verdicts of hooks that are no filter chains (this kernel has no kprobes)',
  () => {
    it.skipIf(!kernelAtLeast(kernel, 6, 4))(
      'names the BPF program behind a drop (programs at hooks came with 6.4)',
      async () => {
        using topology = new Topology();
        const { client, server } = topology.pair();
        using _ = dropByProgram(server);
        const journey = await syn(topology, client);
        expect(journey.end.end).toMatchObject({
          reason: 'NETFILTER_DROP',
          function: 'nf_hook_slow',
          netnsName: server,
        });
        expect(answersOf(journey)).toContain('nf_hook_run_bpf drop');
        expect(answersOf(journey).join()).not.toContain('nf_hook_slow');
      },
    );

    it.each([
      ['nat', 'prerouting', 'nft_nat_do_chain', 'server'],
      ['route', 'output', 'nf_route_table_hook4', 'client'],
    ] as const)('shows what a %s chain answered', async (type, hook, name, where) => {
      using topology = new Topology();
      const pair = topology.pair();
      topology.exec(pair[where], 'nft', chain(type, hook) + TRACKED);
      const journey = await syn(topology, pair.client);
      expect(journey.end.end).toMatchObject({ outcome: 'dropped', reason: 'NETFILTER_DROP' });
      expect(answersOf(journey).join()).toMatch(new RegExp(`${name} (drop|stolen)`));
    });

    it('shows the answer of a whole hook when it is asked for', async () => {
      using topology = new Topology();
      const { client, server } = topology.pair();
      topology.exec(
        client,
        'nft',
        'add table ip t; add chain ip t c { type filter hook output priority 0; }',
      );
      topology.exec(server, 'nft', chain('filter', 'input'));
      const journey = await syn(topology, client, { functions: 'nf_hook_slow|ip_route_input_noref' });
      const answers = answersOf(journey).filter(text => text.startsWith('nf_hook_slow'));
      expect(answers[0]).toBe('nf_hook_slow accept');
      expect(answers.at(-1)).toMatch(/^nf_hook_slow (stolen|drop \(EPERM\))$/);
    });
  },
);

describe('XDP', () => {
  it('is named in the account where a program may hide packets', async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    topology.node(client, udpScript(9, '10.9.0.2'));
    const ifindex = Number(/^(\d+):/.exec(topology.exec(server, 'ip', 'link', 'show', 's0'))![1]);
    using _ = dropByXdp(server, ifindex);
    // veth has an sk_buff already, which it copies for the program.
    const { journeys, end } = await traced(
      'udp dst port 8100',
      () => void topology.node(client, udpScript(8100, '10.9.0.2')),
      all => all.length > 0,
      { netns: [server, client] },
    );
    expect(end.xdp).toEqual([{ ifname: 's0', netns: expect.any(Number), netnsName: server, mode: 'drv' }]);
    const { outcome, why, ifname } = journeys[0]!.end.end;
    // Before 6.3, consume_skb is not told who frees.
    if (!kernelAtLeast(kernel, 6, 3)) return;
    expect({ outcome, ifname }).toEqual({ outcome: 'consumed', ifname: 's0' });
    expect(why).toContain('went to the XDP program on s0');
  });
});
