import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftovers } from '../../kernel/index.ts';
import type { Check } from '../../render/index.ts';
import { openHandles } from '../../sys/index.ts';
import { cleanLeftovers, examine } from './examine.ts';

const IDS = [
  'capabilities',
  'memlock',
  'lockdown',
  'ring-buffer',
  'raw-tp',
  'tp-btf',
  'stacks',
  'kprobe',
  'kprobe-multi',
  'fentry',
  'btf',
  'drop-reasons',
  'kallsyms',
  'tracefs',
  'function-graph',
  'libpcap',
  'tools',
  'namespaces',
  'leftovers',
  'nft',
  'iptables',
  'conntrack',
  'nf-log-ipv4',
  'nf-log-ipv6',
  'nf-log-all-netns',
];

const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' });
const quietly = (program: string, ...args: string[]): unknown =>
  spawnSync(program, args, { stdio: 'ignore' });

/** Problems that the published schema finds in these objects. */
function schemaProblems(objects: readonly unknown[]): unknown[] {
  const ajv = new Ajv();
  addFormats.default(ajv);
  const file = new URL('../../../docs/schema/doctor.schema.json', import.meta.url);
  const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
  return objects.filter(object => !validate(object)).map(object => ({ object, errors: validate.errors }));
}

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

describe('netwhy doctor', () => {
  const folder = join(import.meta.dirname, `../../../.cache/doctor-${process.pid}`);
  const program = join(folder, 'netwhy.mjs');
  const doctor = (prefix: readonly string[], ...args: string[]): ReturnType<typeof spawnSync> => {
    const [command, ...rest] = [...prefix, process.execPath, program, 'doctor', ...args];
    return spawnSync(command!, rest, { encoding: 'utf8' });
  };
  const objectsOf = (text: unknown): Record<string, unknown>[] =>
    String(text)
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    await build({
      entryPoints: [join(import.meta.dirname, '../../bin/netwhy.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      packages: 'external',
      define: { NETWHY_VERSION: '"0.0.0-test"' },
      outfile: program,
    });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('ends with 0 and canSeeDrops where drops can be seen', () => {
    const { status, stdout, stderr } = doctor([], '--json');
    expect(stderr).toBe('');
    const objects = objectsOf(stdout);
    expect(objects.slice(0, -1).map(object => object.id)).toEqual(IDS);
    expect(schemaProblems(objects)).toEqual([]);
    expect(schemaProblems([{ ...objects[0], ok: 'maybe' }])).toHaveLength(1);
    expect(objects.at(-1)).toMatchObject({ type: 'end', canSeeDrops: true, checks: IDS.length });
    expect(status).toBe(0);
  });

  it('ends with 3 without capabilities, and names those that are missing', () => {
    const bare = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];
    const { status, stdout } = doctor(bare, '--json');
    const objects = objectsOf(stdout);
    expect(objects.map(object => object.id)).toEqual([...IDS, undefined]);
    expect(schemaProblems(objects)).toEqual([]);
    expect(objects.find(object => object.id === 'capabilities')).toMatchObject({
      ok: 'no',
      found: 'root has no CAP_BPF and no CAP_PERFMON',
    });
    expect(objects.at(-1)).toMatchObject({ type: 'end', canSeeDrops: false });
    expect(status).toBe(3);
    expect(doctor(bare).stdout).not.toMatch(/\bEPERM\b/);
  });

  it('fits on a screen of 60 lines and 110 columns', () => {
    const lines = String(doctor([]).stdout).split('\n');
    expect(lines.length).toBeLessThan(60);
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(110);
  });
});
