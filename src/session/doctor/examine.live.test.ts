import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftovers, toolPath } from '../../kernel/index.ts';
import type { Check } from '../../render/index.ts';
import { openHandles } from '../../sys/index.ts';
import { cleanLeftovers, examine } from './examine.ts';
import { CHECK_IDS as IDS } from './testdata/check-ids.ts';

const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' });
const quietly = (program: string, ...args: string[]): unknown =>
  spawnSync(program, args, { stdio: 'ignore' });

/** A process number that was given out and is free again. */
function endedPid(): number {
  return spawnSync('true').pid;
}

describe('examine on this machine', () => {
  it('has every row once, and sees drops as root', () => {
    const before = openHandles().length;
    const { checks, canSeeDrops, user } = examine();
    expect(checks.map(check => check.id)).toEqual(IDS);
    expect(user).toBe('root');
    expect(canSeeDrops).toBe(true);
    expect(openHandles()).toHaveLength(before);
  });

  it('says what to do wherever something is missing', () => {
    for (const check of examine().checks) {
      if (check.ok === 'yes') expect(check).not.toHaveProperty('costs');
      else expect([check.found, check.costs, check.do]).not.toContain(undefined);
    }
  });

  it('agrees with the kernel about kprobes and type information', () => {
    const found = new Map(examine().checks.map(check => [check.id, check.ok]));
    const { status } = spawnSync('grep', ['-q', ' register_kprobe$', '/proc/kallsyms']);
    expect(found.get('kprobe')).toBe(status === 0 ? 'yes' : 'no');
    expect(found.get('btf')).toBe('yes');
  });
});

/** A rule as `why --allow-changes` puts it into the raw table. */
function traceRule(command: string, netns: string, pid: number): void {
  const words = `-t raw -I PREROUTING -p udp --dport 53 -m comment --comment netwhy-${pid} -j TRACE`;
  run('ip', 'netns', 'exec', netns, command, ...words.split(' '));
}

describe('what earlier runs left', () => {
  const gone = endedPid();
  const dead = `nw${gone}x`;
  const alive = `nw${process.pid}x`;
  const table = `netwhy-${gone}`;
  const COMMANDS = ['iptables-legacy', 'ip6tables-legacy'].filter(name => toolPath(name) !== undefined);
  const EVENTS = '/sys/kernel/tracing/kprobe_events';
  const event = existsSync(EVENTS) ? `netwhy_${gone}/test` : undefined;
  let hidden: ChildProcess;

  beforeAll(async () => {
    run('ip', 'netns', 'add', dead);
    run('ip', 'netns', 'add', alive);
    run('nft', 'add', 'table', 'inet', table);
    run('ip', 'netns', 'exec', alive, 'nft', 'add', 'table', 'ip', table);
    run('ip', 'netns', 'exec', alive, 'nft', 'add', 'table', 'ip', `netwhy-${process.pid}`);
    for (const command of COMMANDS) for (const pid of [gone, process.pid]) traceRule(command, alive, pid);
    if (event !== undefined) appendFileSync(EVENTS, `p:${event} ip_rcv\n`);
    const script = `nft add table bridge ${table}; echo made; exec sleep 600`;
    hidden = spawn('unshare', ['-n', 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(hidden.stdout!, 'data');
  });
  afterAll(() => {
    hidden.kill('SIGKILL');
    quietly('ip', 'netns', 'del', dead);
    quietly('ip', 'netns', 'del', alive);
    quietly('nft', 'delete', 'table', 'inet', table);
  });

  it('is listed with its namespace, and removed when asked; what is in use stays', () => {
    const check = examine().checks.find(one => one.id === 'leftovers') as Check;
    expect(check).toMatchObject({ ok: 'degraded', do: expect.stringContaining('--clean') });
    expect(check.found).toContain(dead);
    if (COMMANDS.length > 0) expect(check.costs).toContain('kernel log');
    const { removed, failed } = cleanLeftovers();
    expect(failed).toEqual([]);
    const rules = COMMANDS.map(command =>
      expect.stringContaining(`TRACE rule ${command} -t raw -A PREROUTING`),
    );
    expect(removed).toEqual(
      expect.arrayContaining([
        `network namespace ${dead}`,
        `nft table inet ${table}`,
        `nft table ip ${table} in namespace ${alive}`,
        expect.stringMatching(new RegExp(`^nft table bridge ${table} in namespace .*/${hidden.pid}$`)),
        ...rules,
        ...(event === undefined ? [] : [`kprobe event ${event}`]),
      ]),
    );
    expect(run('ip', 'netns', 'list')).toContain(alive);
    const left = leftovers();
    expect(left.filter(({ pid }) => pid === gone)).toEqual([]);
    expect(left.filter(({ pid }) => pid === process.pid)).toEqual([]);
    const inside = ['netns', 'exec', alive];
    expect(run('ip', ...inside, 'nft', 'list', 'tables')).toBe(`table ip netwhy-${process.pid}\n`);
    for (const command of COMMANDS)
      expect(run('ip', ...inside, `${command}-save`, '-t', 'raw').match(/netwhy-\d+/g)).toEqual([
        `netwhy-${process.pid}`,
      ]);
  });
});
