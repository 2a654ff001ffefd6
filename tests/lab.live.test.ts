import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { netwhy } from './topology/cli.ts';

interface Report {
  readonly type: string;
  readonly id: string;
  readonly causeFirst: boolean | null;
  readonly fixCures: boolean | null;
  readonly healthySilent: boolean | null;
  readonly reason: string | null;
}

function reportsOf(text: string): Report[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Report);
}

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
formats.default(ajv);
const check = ajv.compile(JSON.parse(readFileSync('docs/schema/lab.schema.json', 'utf8')));

/** Longer than netwhy() waits. */
function lab(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const options = { encoding: 'utf8', timeout: 230_000 } as const;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['dist/bin/netwhy.js', 'lab', ...args],
    options,
  );
  return { code: status, stdout, stderr };
}

describe('the lab', () => {
  it.each(
    // In an emulated machine each takes a minute.
    existsSync('/run/netwhy-vm')
      ? ([['tcp-no-listener', '--ipv6']] as const)
      : ([
          ['tcp-no-listener', '--ipv6'],
          ['rp-filter-strict', '--json'],
          ['netfilter-reject', '--json'],
        ] as const),
  )('%s is named, cured, and silent when healthy', (id, option) => {
    const { stdout, stderr, code } = lab('run', id, '--json', option);
    expect(reportsOf(stdout)).toMatchObject([
      { type: 'lab', id, causeFirst: true, fixCures: true, healthySilent: true, reason: null },
    ]);
    expect(check(reportsOf(stdout)[0]) || check.errors).toBe(true);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('says in which namespace TCP dropped, though TCP takes the device off what it receives', () => {
    const { stdout } = lab('run', 'out-of-window');
    expect(stdout).toMatch(/^ *where +tcp_validate_incoming\(\)( on \w+)? in namespace nw\d+\w+server$/m);
  });

  it('lists a scenario for every cause, and refuses what it does not know', () => {
    const list = netwhy('lab', 'list', '--json');
    const ids = list.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).id);
    expect(ids).toHaveLength(36);
    expect(netwhy('lab', 'run', 'no-such')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no-such'),
    });
    expect(netwhy('lab', 'run').code).toBe(2);
    expect(netwhy('lab', 'dance').code).toBe(2);
  });

  it('leaves nothing after SIGKILL that the next run does not remove', async () => {
    const child = spawn(
      process.execPath,
      ['dist/bin/netwhy.js', 'lab', 'run', 'accept-queue-full', '--json'],
      {
        stdio: 'ignore',
      },
    );
    const own = (): string[] => namespaces(child.pid);
    await until(() => own().length === 2);
    await new Promise(resolve => setTimeout(resolve, 2500));
    child.kill('SIGKILL');
    await new Promise(resolve => child.once('exit', resolve));
    expect(own()).toHaveLength(2);
    netwhy('doctor', '--clean');
    expect(own()).toEqual([]);
  });
});

/** Namespaces of the lab with this process number. */
function namespaces(pid: number | undefined): string[] {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  return stdout.split('\n').filter(line => line.startsWith(`nw${pid}a`));
}

async function until(done: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!done() && Date.now() < end) await new Promise(resolve => setTimeout(resolve, 100));
}
