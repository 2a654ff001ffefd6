import { execFileSync, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftovers } from '../../kernel/index.ts';
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

describe('what earlier runs left', () => {
  const gone = endedPid();
  const dead = `nw${gone}x`;
  const alive = `nw${process.pid}x`;
  const table = `netwhy-${gone}`;

  beforeAll(() => {
    run('ip', 'netns', 'add', dead);
    run('ip', 'netns', 'add', alive);
    run('nft', 'add', 'table', 'inet', table);
  });
  afterAll(() => {
    quietly('ip', 'netns', 'del', dead);
    quietly('ip', 'netns', 'del', alive);
    quietly('nft', 'delete', 'table', 'inet', table);
  });

  it('is listed, and removed when asked; what is in use stays', () => {
    const check = examine().checks.find(one => one.id === 'leftovers') as Check;
    expect(check).toMatchObject({ ok: 'degraded', do: expect.stringContaining('--clean') });
    expect(check.found).toContain(dead);
    expect(check.found).not.toContain(alive);
    const { removed, failed } = cleanLeftovers();
    expect(failed).toEqual([]);
    expect(removed).toEqual(expect.arrayContaining([`network namespace ${dead}`, `nft table inet ${table}`]));
    expect(run('ip', 'netns', 'list')).toContain(alive);
    expect(leftovers().map(leftover => leftover.name)).not.toContain(dead);
  });
});
