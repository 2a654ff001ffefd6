import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runVm, type VmOptions, type VmResult } from './run.ts';

interface Run extends VmResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Takes everything, with a pause before each piece. */
function sink(chunks: Buffer[], pauseMs: number): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      if (pauseMs > 0) setTimeout(done, pauseMs);
      else done();
    },
  });
}

async function run(options: Partial<VmOptions> & Pick<VmOptions, 'command'>, pauseMs = 0): Promise<Run> {
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  const streams = { stdout: sink(out, pauseMs), stderr: sink(err, 0) };
  const result = await runVm({ kernel: '6.12', timeoutSeconds: 120, say: () => {}, ...streams, ...options });
  return { ...result, stdout: Buffer.concat(out), stderr: Buffer.concat(err) };
}

function sh(script: string): readonly string[] {
  return ['sh', '-c', script];
}

/** Our processes and folders; the pid in a folder's name is this process's. */
function leftovers(): string[] {
  const folders = readdirSync(tmpdir()).filter(name => name.startsWith(`netwhy-vm-${process.pid}-`));
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  const lines = pids.map(pid => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  });
  return [...folders, ...lines.filter(line => line.includes(`netwhy-vm-${process.pid}-`))];
}

describe.each(['6.1', '6.12'])('a %s kernel', kernel => {
  it('runs a command: output apart, exit code, directory, environment, root and its file systems', async () => {
    const script = `uname -r; id -u; pwd; echo "$GREETING"; echo "to stderr" >/dev/stderr
      ls /sys/kernel/tracing/events/skb | grep -x kfree_skb; stat -f -c %T /sys/fs/bpf; ip -br link show lo; exit 7`;
    const found = await run({
      kernel,
      command: sh(script),
      cwd: '/usr/lib',
      env: { GREETING: "it's\ntwo lines" },
    });
    const [release, ...rest] = found.stdout.toString().split('\n');
    expect(release).toMatch(new RegExp(`^${kernel.replace('.', '\\.')}\\.`));
    expect(release).toBe(found.kernel.release);
    expect(rest.slice(0, 6)).toEqual(['0', '/usr/lib', "it's", 'two lines', 'kfree_skb', 'bpf_fs']);
    expect(rest[6]).toMatch(/^lo +UNKNOWN/);
    expect(found.stderr.toString()).toBe('to stderr\n');
    expect({ end: found.end, code: found.code }).toEqual({ end: 'command-ended', code: 7 });
    expect(leftovers()).toEqual([]);
  });

  it('has the modules of its own, and devices that load theirs', async () => {
    const script = `modprobe nf_conntrack; grep -o '^nf_conntrack ' /proc/modules
      ip tuntap add dev t0 mode tap && grep -o '^tun ' /proc/modules`;
    const found = await run({ kernel, command: sh(script) });
    expect(found.stdout.toString()).toBe('nf_conntrack \ntun \n');
  });
});

it('boots by 9p, and with a kernel at a random address', async () => {
  const found = await run({
    rootShare: '9p',
    kaslr: true,
    command: sh('cat /proc/cmdline; test -d /usr/bin'),
  });
  expect(found.code).toBe(0);
  expect(found.stdout.toString()).toContain('console=ttyS0');
});

it('runs node over this checkout, in its own directory', async () => {
  const script = `console.log(require('./package.json').name, process.getuid())`;
  const found = await run({ command: [process.execPath, '-e', script] });
  expect(found.stdout.toString()).toBe('netwhy 0\n');
});

it('loses nothing of much output, also when its reader is slow', async () => {
  const script = 'head -c 3000000 /dev/urandom >/dev/shm/x; sha256sum </dev/shm/x >&2; cat /dev/shm/x';
  const found = await run({ command: sh(script) }, 20);
  expect(found.stdout.length).toBe(3_000_000);
  const sum = createHash('sha256').update(found.stdout).digest('hex');
  expect(found.stderr.toString()).toBe(`${sum}  -\n`);
});

it('hands standard input on, and shares a directory for writing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'netwhy share, '));
  try {
    const stdin = randomBytes(200_000);
    const found = await run({
      command: sh(`cat >"${folder}/copy"; touch /usr/stays-in-the-guest`),
      stdin,
      shares: [folder],
    });
    expect(found.code).toBe(0);
    expect(readFileSync(join(folder, 'copy')).equals(stdin)).toBe(true);
    expect(readdirSync('/usr')).not.toContain('stays-in-the-guest');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('does not wait for what the command leaves running', async () => {
  const found = await run({ command: sh('sleep 1000 & echo done; exit 3') });
  expect({ code: found.code, out: found.stdout.toString() }).toEqual({ code: 3, out: 'done\n' });
  expect(found.seconds).toBeLessThan(60);
});

it('ends the machine at the time limit', async () => {
  const found = await run({ command: sh('echo here; sleep 1000'), timeoutSeconds: 30 });
  expect({ end: found.end, out: found.stdout.toString() }).toEqual({ end: 'time-limit', out: 'here\n' });
  expect(leftovers()).toEqual([]);
});

it('ends the machine when told to', async () => {
  const controller = new AbortController();
  const running = run({ command: sh('sleep 1000'), signal: controller.signal });
  await delay(1500);
  expect(leftovers()).not.toEqual([]);
  controller.abort();
  expect((await running).end).toBe('aborted');
  expect(leftovers()).toEqual([]);
});

it('tries a boot again that ends early, and says why in the end', async () => {
  const said: string[] = [];
  const found = await run({ command: ['true'], append: 'rdinit=/missing', say: line => said.push(line) });
  expect({ end: found.end, boots: found.boots }).toEqual({ end: 'never-started', boots: 3 });
  expect(found.console).toContain('Kernel panic');
  expect(said.join('\n')).toContain('trying again');
});

it('tells a machine that dies from a command that ends', async () => {
  const found = await run({ command: sh('echo before; sleep 1; echo c >/proc/sysrq-trigger; sleep 100') });
  expect({ end: found.end, boots: found.boots }).toEqual({ end: 'died', boots: 1 });
  expect(found.stdout.toString()).toBe('before\n');
  expect(found.console).toContain('sysrq');
});

it('runs two at once', async () => {
  const both = await Promise.all(['6.1', '6.12'].map(kernel => run({ kernel, command: ['uname', '-r'] })));
  expect(both.map(({ stdout }) => stdout.toString().trim())).toEqual(
    both.map(({ kernel }) => kernel.release),
  );
});
