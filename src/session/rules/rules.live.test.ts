import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knock, nft, runIn, SERVER, type Twin, twin } from '../../collect/testdata/twin.ts';
import type { RulesEnd, RuleTrace } from '../../events/index.ts';
import { compileFilter, toolPath } from '../../kernel/index.ts';
import { plainStyle, ruleBlock, ruleJson, rulesSummary } from '../../render/index.ts';
import { runConntrack } from '../conntrack/run-conntrack.ts';
import { type RulesRun, runRules } from './run-rules.ts';

function validator(name: string): (value: unknown) => void {
  const ajv = new Ajv.default({ strict: false });
  addFormats.default(ajv);
  const schema = JSON.parse(readFileSync(new URL(`../../../docs/schema/${name}`, import.meta.url), 'utf8'));
  const validate = ajv.compile(schema);
  return value => {
    const valid = validate(JSON.parse(JSON.stringify(value)));
    expect(valid ? [] : validate.errors).toEqual([]);
  };
}

describe('netwhy rules', () => {
  let both: Twin;
  beforeAll(() => {
    both = twin('q');
    nft(
      both.server,
      `table inet filter { chain in { type filter hook input priority 0; ct state invalid counter; udp dport 53 counter drop; tcp dport 81 reject with tcp reset; }; }`,
    );
    runIn(both.client, 'ping', '-c1', '-W1', SERVER.ipv4);
  });
  afterAll(() => {
    both[Symbol.dispose]();
  });

  async function ran(
    filter: string,
    over: Partial<RulesRun>,
    act: () => void = () => undefined,
  ): Promise<{ traces: RuleTrace[]; end: RulesEnd }> {
    const traces: RuleTrace[] = [];
    const { filter: compiled } = compileFilter(filter);
    const run = { places: [both.server], filter: compiled, allowChanges: false, durationMs: 5000, ...over };
    const sink = { ready: act, trace: (trace: RuleTrace) => traces.push(trace) };
    return { end: await runRules(run, sink, new AbortController().signal), traces };
  }

  it('ends at the limit, with what the rules counted meanwhile', async () => {
    const { traces, end } = await ran('udp port 53', { limit: 2 }, () => {
      for (let i = 0; i < 3; i++) knock(both.client, 'udp', SERVER.ipv4, 53);
    });
    expect(traces).toHaveLength(2);
    expect(end).toMatchObject({ events: 2, verdicts: { drop: 2 }, lost: 0, why: 'limit', missing: [] });
    expect(end.moved[0]).toMatchObject({ text: 'udp dport 53 counter drop', chain: 'in' });
    // The run ends with the second packet; whether the third was counted by then is a matter of timing.
    expect([2, 3]).toContain(end.moved[0]!.packets);
    const block = ruleBlock(traces[0]!, plainStyle);
    expect(block).toContain('=> dropped by inet filter in: udp dport 53 counter drop (handle ');
    expect(block.split('\n')[1]).toMatch(
      /^ {2}input 0 .*inet filter in .*udp dport 53 counter drop \(handle \d+\) → drop$/,
    );
    expect(rulesSummary(end, plainStyle)).toContain('2 packets');
  });

  it('watches several namespaces at once, and says in which a packet was', async () => {
    const { traces } = await ran('udp port 53', { places: [both.client, both.server], limit: 2 }, () =>
      knock(both.client, 'udp', SERVER.ipv4, 53),
    );
    expect(new Map(traces.map(trace => [trace.netnsName, trace.verdict]))).toEqual(
      new Map([
        [both.client.name, 'accept'],
        [both.server.name, 'drop'],
      ]),
    );
  });

  it('prints what its schema says', async () => {
    const validate = validator('rules.schema.json');
    const { traces, end } = await ran('port 53 or port 81', { limit: 3 }, () => {
      knock(both.client, 'udp', SERVER.ipv4, 53);
      knock(both.client, 'tcp', SERVER.ipv4, 81);
    });
    expect(traces.length).toBeGreaterThanOrEqual(2);
    for (const object of [...traces, end]) validate(JSON.parse(ruleJson(object)));
    const tables: unknown[] = [];
    await runConntrack(
      { places: [both.server], intervalMs: 100, watch: false, entries: true, rows: 3 },
      found => tables.push(...found),
      new AbortController().signal,
    );
    for (const table of tables) validator('conntrack.schema.json')(table);
  });

  it.skipIf(toolPath('iptables-legacy') === undefined)(
    'leaves legacy tables alone unless told, and says so',
    async () => {
      runIn(both.client, 'iptables-legacy', '-A', 'INPUT', '-p', 'udp', '--dport', '9', '-j', 'DROP');
      const { end } = await ran('udp port 9', { places: [both.client], durationMs: 100 });
      expect(end.missing).toMatchObject([{ instead: expect.stringContaining('--allow-changes') }]);
      expect(runIn(both.client, 'iptables-legacy-save')).not.toContain('TRACE');
    },
  );

  it('refuses when nothing can be watched', async () => {
    const gone = { name: 'gone', path: '/run/netns/nw-no-such', inode: 1 };
    await expect(ran('icmp', { places: [gone] })).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
