import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUnavailable } from '../../base/index.ts';
import type { RuleTrace } from '../../events/index.ts';
import { compileFilter, nftTables } from '../../kernel/index.ts';
import { CLIENT, knock, nft, runIn, SERVER, type Twin, twin, until } from '../testdata/twin.ts';
import { NftTrace, readRuleset } from './index.ts';

const RULES = `table inet filter {
  chain web { tcp dport 8081 counter drop comment "no web here"; return; }
  chain input {
    type filter hook input priority 0; policy accept;
    tcp dport { 8080, 8081 } counter jump web
    tcp dport 8082 reject with tcp reset
    udp dport 53 counter drop
    udp dport 54 reject
    ip6 nexthdr udp udp dport 55 counter drop
  }
  chain forward { type filter hook forward priority 10; policy drop; }
}
table inet strict { chain last { type filter hook input priority 50; policy drop; meta l4proto != udp accept; udp dport != 99 accept; }; }`;

describe('rules as packets meet them', () => {
  let both: Twin;
  beforeAll(() => {
    both = twin('n');
    nft(both.server, RULES);
    for (const address of [SERVER.ipv4, SERVER.ipv6]) runIn(both.client, 'ping', '-c1', '-W1', address);
  });
  afterAll(() => {
    both[Symbol.dispose]();
  });

  /** Traces until `count` packets came, while `act` sends them. */
  async function traced(filter: string, count: number, act: () => void): Promise<RuleTrace[]> {
    const traces: RuleTrace[] = [];
    const { filter: compiled } = compileFilter(filter);
    const trace = await NftTrace.start(both.server, { filter: compiled, onTrace: one => traces.push(one) });
    if (isUnavailable(trace)) throw new Error(`${trace.what}: ${trace.why}`);
    try {
      act();
      await until(() => {
        trace.poll();
        return traces.length >= count;
      }, 3000);
    } finally {
      await trace.stop();
    }
    expect(tablesOf()).not.toContain('netwhy');
    return traces;
  }
  const tablesOf = (): string => runIn(both.server, 'nft', 'list', 'tables');

  it('names the rule that drops, with its chain and hook, and the jump that led there', async () => {
    const [trace] = await traced('tcp dst port 8081', 1, () => knock(both.client, 'tcp', SERVER.ipv4, 8081));
    expect(trace).toMatchObject({
      netnsName: both.server.name,
      verdict: 'drop',
      packet: {
        family: 'ipv4',
        protocol: 'tcp',
        src: CLIENT.ipv4,
        dst: SERVER.ipv4,
        dport: 8081,
        iif: SERVER.device,
      },
      decidedBy: {
        table: 'filter',
        chain: 'web',
        text: 'tcp dport 8081 counter drop comment "no web here"',
        number: 1,
      },
    });
    expect(trace!.steps.map(step => [step.chain, step.hook, step.verdict])).toEqual([
      ['input', 'input', 'jump web'],
      ['web', null, 'drop'],
    ]);
  });

  it.each([
    ['ipv4', SERVER.ipv4],
    ['ipv6', SERVER.ipv6],
  ])('drops over %s', async (family, address) => {
    const filter = `host ${address} and udp port 53`;
    const traces = await traced(filter, 1, () => {
      knock(both.client, 'udp', address, 53);
      knock(both.client, 'udp', address, 56);
    });
    expect(traces).toHaveLength(1);
    expect(traces[0]).toMatchObject({
      verdict: 'drop',
      packet: { family, dport: 53 },
      decidedBy: { text: 'udp dport 53 counter drop', handle: expect.any(Number) },
      reply: null,
    });
  });

  it('names the policy when no rule decided', async () => {
    const [trace] = await traced('udp port 99', 1, () => knock(both.client, 'udp', SERVER.ipv4, 99));
    expect(trace?.decidedBy).toMatchObject({ kind: 'policy', table: 'strict', chain: 'last', priority: 50 });
    expect(trace?.decidedBy?.text).toBeNull();
  });

  it('ties a REJECT to the RST or ICMP error that it sends', async () => {
    const [reset] = await traced('tcp dst port 8082', 1, () => knock(both.client, 'tcp', SERVER.ipv4, 8082));
    expect(reset).toMatchObject({ verdict: 'reject', reply: { kind: 'tcp reset', seen: true } });
    for (const address of [SERVER.ipv4, SERVER.ipv6]) {
      const [error] = await traced('udp dst port 54', 1, () => knock(both.client, 'udp', address, 54));
      expect(error).toMatchObject({ verdict: 'reject', reply: { kind: 'icmp', seen: true } });
      expect(error?.reply?.says).toContain('port-unreachable');
    }
  });

  it('says that a packet passed, with every chain that let it', async () => {
    const [trace] = await traced('udp port 57', 1, () => knock(both.client, 'udp', SERVER.ipv4, 57));
    expect(trace).toMatchObject({ verdict: 'accept', decidedBy: null });
    expect(trace!.steps.map(step => [step.table, step.kind, step.verdict])).toEqual([
      ['filter', 'policy', 'accept'],
      ['strict', 'rule', 'accept'],
    ]);
  });

  it('takes filters that nft cannot say, and rules that came after the start', async () => {
    const traces = await traced('udp[2:2] = 4000 and not host 10.99.99.99', 1, () => {
      nft(both.server, 'insert rule inet filter input udp dport 4000 counter drop comment "late"');
      knock(both.client, 'udp', SERVER.ipv4, 4001);
      knock(both.client, 'udp', SERVER.ipv4, 4000);
    });
    expect(traces).toHaveLength(1);
    expect(traces[0]!.decidedBy?.text).toBe('udp dport 4000 counter drop comment "late"');
  });

  it('gives rules of iptables in its own words, over both families', async () => {
    for (const command of ['iptables-nft', 'ip6tables-nft'])
      runIn(both.server, command, '-I', 'INPUT', '-p', 'udp', '--dport', '4100', '-j', 'DROP');
    for (const [address, command] of [
      [SERVER.ipv4, 'iptables'],
      [SERVER.ipv6, 'ip6tables'],
    ] as const) {
      const [trace] = await traced('udp port 4100', 1, () => knock(both.client, 'udp', address, 4100));
      expect(trace?.decidedBy).toMatchObject({
        table: 'filter',
        chain: 'INPUT',
        iptables: `${command} -t filter -A INPUT -p udp -m udp --dport 4100 -j DROP`,
      });
    }
  });

  it('reads the rules with their hooks, priorities and counters', () => {
    const ruleset = readRuleset(both.server);
    if (isUnavailable(ruleset)) throw new Error(ruleset.why);
    expect(ruleset.value.chain('inet', 'filter', 'forward')).toMatchObject({
      hook: 'forward',
      priority: 10,
      policy: 'drop',
    });
    expect(ruleset.value.find(/no web here/)?.rule.packets).toBeGreaterThanOrEqual(1);
  });

  it('leaves no table and no child after SIGKILL', async () => {
    const folder = join(import.meta.dirname, `../../../.cache/netfilter-${process.pid}`);
    const file = join(folder, 'trace.mjs');
    mkdirSync(folder, { recursive: true });
    let child: ChildProcess | undefined;
    try {
      await build({
        stdin: { contents: KILLED, resolveDir: import.meta.dirname, loader: 'ts' },
        ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20.19' },
        ...{ packages: 'external', outfile: file },
      });
      child = spawn(process.execPath, [file, JSON.stringify(both.server)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await new Promise(resolve => child!.stdout!.once('data', resolve));
      expect(tablesOf()).toContain(`netwhy-${child.pid}`);
      child.kill('SIGKILL');
      const inside = (): string =>
        spawnSync('ip', ['netns', 'pids', both.server.name], { encoding: 'utf8' }).stdout;
      await until(() => !tablesOf().includes('netwhy') && inside() === '');
      expect(tablesOf()).not.toContain('netwhy');
      expect(inside()).toBe('');
    } finally {
      child?.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('never touched the namespace of this process', () => {
    expect(nftTables().filter(table => table.includes(`netwhy-${process.pid}`))).toEqual([]);
  });
});

const KILLED = `
import { NftTrace } from './index.ts';
const trace = await NftTrace.start(JSON.parse(process.argv[2]), { onTrace: () => {} });
if (trace.kind === 'unavailable') throw new Error(trace.why);
console.log('ready');
setInterval(() => trace.poll(), 50);
`;
