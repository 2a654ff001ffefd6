import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../src/diagnose/index.ts';
import { netwhy, Watching } from './topology/cli.ts';
import { Topology, tcpScript, udpScript } from './topology/topology.ts';

/** Long enough for a few processes to start, which takes an emulated machine seconds. */
const EMULATED = existsSync('/run/netwhy-vm');
const WATCH = ['--duration', EMULATED ? '20' : '3', '--json'];
const READY = /watching/;

async function whyWhile(
  args: readonly string[],
  act: () => void,
): Promise<{ code: number | null; verdict: Verdict }> {
  await using watching = await Watching.start(['why', ...args], READY);
  act();
  const { code, stdout } = await watching.finished();
  return { code, verdict: JSON.parse(stdout) };
}

describe('netwhy why', () => {
  it('names a closed port, with evidence and commands for the right namespace', async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    const { code, verdict } = await whyWhile(['host 10.9.0.2 and tcp port 8111', ...WATCH], () => {
      topology.node(client, tcpScript(8111, '10.9.0.2'));
    });
    expect(code).toBe(1);
    expect(verdict).toMatchObject({ type: 'verdict', verdict: 'problem', lost: 0 });
    expect(verdict.causes[0]).toMatchObject({
      id: 'tcp-no-listener',
      sure: 'certain',
      where: { netnsName: server },
    });
    expect(verdict.causes[0]?.check[0]).toContain(`ip netns exec ${server} ss -ltnp`);
    expect(verdict.causes[0]?.evidence.every(line => line.source !== '' && line.time !== '')).toBe(true);
  });

  it('names the rule that dropped, and leaves no table behind when it is killed', async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    topology.exec(
      server,
      'nft',
      'add table inet shop; add chain inet shop in { type filter hook input priority 0; }; add rule inet shop in udp dport 8112 counter drop',
    );
    const knock = (): string => topology.node(client, udpScript(8112, '10.9.0.2', 3));
    // The trace of rules begins with the first drop and sees those after it.
    const { verdict } = await whyWhile(['udp port 8112', ...WATCH], () => {
      const until = Date.now() + (EMULATED ? 16_000 : 2_000);
      do knock();
      while (Date.now() < until);
    });
    expect(verdict.causes[0]).toMatchObject({ id: 'netfilter-rule-drop' });
    expect(verdict.causes[0]?.where.rule).toBe('inet shop in: udp dport 8112 counter drop');
    await using watching = await Watching.start(['why', 'udp port 8112', '--duration', '30'], READY);
    const tables = (): string => topology.exec(server, 'nft', 'list', 'tables');
    for (let i = 0; i < 20 && !tables().includes('netwhy'); i++) knock();
    expect(tables()).toContain('netwhy');
    await watching.stop('SIGKILL');
    for (let i = 0; i < 50 && tables().includes('netwhy'); i++)
      await new Promise(resolve => setTimeout(resolve, 100));
    expect(tables()).not.toContain('netwhy');
  });

  it('says healthy for traffic that passes, by exit code and by --expect', async () => {
    using topology = new Topology();
    const { client, server } = topology.pair();
    await topology.serve(
      server,
      "import { createServer } from 'node:net'; createServer(s => s.resume().on('error', () => 0)).listen(8113, '10.9.0.2', () => console.log('up'));",
    );
    const filter = 'host 10.9.0.2 and tcp port 8113';
    const healthy = await whyWhile([filter, ...WATCH], () =>
      topology.node(client, tcpScript(8113, '10.9.0.2')),
    );
    expect(healthy.code).toBe(0);
    expect(healthy.verdict).toMatchObject({ verdict: 'healthy', causes: [{ id: 'nothing-dropped-here' }] });
    const expected = await whyWhile([filter, ...WATCH, '--expect', 'tcp-no-listener'], () =>
      topology.node(client, tcpScript(8113, '10.9.0.2')),
    );
    expect(expected.code).toBe(1);
  });

  it('cannot say anything of traffic that it does not see', async () => {
    const { code, stdout } = netwhy(
      'why',
      'host 192.0.2.77 and tcp port 8114',
      '--duration',
      '500ms',
      '--json',
    );
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'unknown', causes: [], seen: { packets: 0 } });
    expect(code).toBe(3);
  });

  it('refuses what it does not understand', () => {
    expect(netwhy('why', 'no such filter').code).toBe(2);
    expect(netwhy('why', '--expect', 'gremlins').code).toBe(2);
    expect(netwhy('why', '--netns', 'no-such-namespace').code).toBe(2);
    expect(readdirSync('/run/netns').filter(name => name.startsWith(`nw${process.pid}`))).toEqual([]);
  });
});
