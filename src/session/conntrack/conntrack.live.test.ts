import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knock, nft, runIn, SERVER, type Twin, twin } from '../../collect/testdata/twin.ts';
import type { ConntrackHealth } from '../../events/index.ts';
import { notrackRules } from './notrack.ts';
import { runConntrack } from './run-conntrack.ts';

const TRACK = `table inet nwt { chain out { type filter hook output priority 0; ct state invalid counter; }
  chain in { type filter hook input priority 0; ct state invalid counter; }; }`;

describe('netwhy conntrack', () => {
  let both: Twin;
  beforeAll(() => {
    both = twin('c');
    for (const place of [both.client, both.server]) nft(place, TRACK);
  });
  afterAll(() => {
    both[Symbol.dispose]();
  });

  async function judged(act: () => void, intervalMs = 5000): Promise<ConntrackHealth> {
    const tables: ConntrackHealth[] = [];
    const run = { places: [both.client], intervalMs, watch: false, entries: true, rows: 3 };
    // In the middle, so that neither a slow start nor a slow process puts it outside.
    setTimeout(act, intervalMs / 2);
    await runConntrack(run, found => tables.push(...found), new AbortController().signal);
    expect(tables).toHaveLength(1);
    return tables[0]!;
  }

  it('counts new connections and finds who opens them', async () => {
    const health = await judged(() => {
      for (let port = 1; port <= 4; port++) knock(both.client, 'udp', SERVER.ipv4, 6000 + port);
    });
    expect(health).toMatchObject({ netnsName: both.client.name, findings: [], missing: [] });
    expect(health.moved).toMatchObject({ new: 4, drop: 0, early_drop: 0, insert_failed: 0 });
    expect(health.tally?.total).toBeGreaterThanOrEqual(4);
    expect(health.tally?.sources[0]?.key).toBe('10.77.0.1');
  });

  it('finds the table full, says how much was dropped and what to change', async () => {
    fill((await judged(() => undefined, 100)).max);
    const health = await judged(() => {
      for (let port = 1; port <= 6; port++) knock(both.client, 'udp', SERVER.ipv4, 7000 + port);
    });
    expect(health.fill).toBeGreaterThan(0.99);
    expect(health.findings[0]).toMatchObject({ id: 'table-full', level: 'problem' });
    expect(health.findings[0]!.do[0]).toMatch(
      `sysctl -w net.netfilter.nf_conntrack_max=${health.max * 2}   # in the first`,
    );
    expect(health.moved.drop).toBeGreaterThanOrEqual(6);
    expect(health.dropCpus.length).toBeGreaterThan(0);
    expect(health.tally?.services[0]).toMatchObject({ key: 'tcp 10.201.0.1:443' });
    runIn(both.client, 'conntrack', '-F');
  });

  it.each([0, 1])('the rules of --notrack keep a port out of the table (%i)', async which => {
    const rules = notrackRules({ port: 6100, protocols: ['udp'] })[which]!;
    const shell = (command: string): void => {
      const { status, stderr } = spawnSync('ip', ['netns', 'exec', both.client.name, 'sh', '-c', command], {
        encoding: 'utf8',
      });
      expect(`${status} ${stderr}`).toMatch(/^0 /);
    };
    const fresh = async (): Promise<unknown> => {
      const health = await judged(() => {
        for (const address of [SERVER.ipv4, SERVER.ipv6]) knock(both.client, 'udp', address, 6100);
      });
      return health.moved.new;
    };
    for (const command of rules.add) shell(command);
    expect(await fresh()).toBe(0);
    for (const command of rules.remove) shell(command);
    expect(await fresh()).toBe(2);
  });

  function fill(count: number): void {
    const folder = mkdtempSync(join(tmpdir(), 'netwhy-'));
    const line = (i: number): string =>
      `-A -p tcp -s 10.200.${(i >> 14) & 255}.${(i >> 6) & 255} -d 10.201.0.1 --sport ${1024 + (i & 63)} --dport 443 --state ESTABLISHED -t 300 -u ASSURED,SEEN_REPLY\n`;
    writeFileSync(join(folder, 'entries'), Array.from({ length: count }, (_, i) => line(i)).join(''));
    // It ends with an error when there is no more room: that is what it is for.
    runIn(both.client, 'conntrack', '-R', join(folder, 'entries'));
    rmSync(folder, { recursive: true });
  }
});
