import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

let folder = '';
let program = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'netwhy-vm-test-'));
  program = join(folder, 'vm.mjs');
  const options = { bundle: true, platform: 'node', format: 'esm', target: 'node20.19' } as const;
  await build({ ...options, entryPoints: ['src/bin/vm.ts'], outfile: program });
});

afterAll(() => rmSync(folder, { recursive: true }));

function start(args: readonly string[]): { child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => chunks.push(String(chunk)));
  return { child, said: () => chunks.join('') };
}

async function finish(args: readonly string[]): Promise<{ code: number; said: string }> {
  const { child, said } = start(args);
  const [code] = await once(child, 'close');
  return { code, said: said() };
}

/** Processes with the runner's folder in their arguments: QEMU and virtiofsd of that run. */
function machineOf(pid: number): string[] {
  const name = `netwhy-vm-${pid}-`;
  return readdirSync('/proc').filter(entry => {
    if (!/^\d+$/.test(entry) || !existsSync(`/proc/${entry}/cmdline`)) return false;
    try {
      return readFileSync(`/proc/${entry}/cmdline`, 'latin1').includes(name);
    } catch {
      return false;
    }
  });
}

function foldersOf(pid: number): string[] {
  return readdirSync(tmpdir()).filter(name => name.startsWith(`netwhy-vm-${pid}-`));
}

async function startedGuest(): Promise<{ child: ChildProcess; pid: number }> {
  const { child, said } = start(['6.12', '--', 'sh', '-c', 'echo ready; sleep 1000']);
  for (let i = 0; i < 600 && child.exitCode === null && !said().includes('ready'); i++) await delay(100);
  expect(said()).toContain('ready');
  expect(machineOf(child.pid ?? 0).length).toBeGreaterThan(0);
  return { child, pid: child.pid ?? 0 };
}

it('passes on output and exit code', async () => {
  expect(await finish(['6.12', '--', 'sh', '-c', 'echo out; exit 9'])).toEqual({ code: 9, said: 'out\n' });
});

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends the machine first', async (signal, expected) => {
  const { child, pid } = await startedGuest();
  child.kill(signal);
  const [code] = await once(child, 'close');
  expect(code).toBe(expected);
  expect(machineOf(pid)).toEqual([]);
  expect(foldersOf(pid)).toEqual([]);
});

it('leaves no process when killed, and the next run removes the folder', async () => {
  const { child, pid } = await startedGuest();
  child.kill('SIGKILL');
  await once(child, 'close');
  for (let i = 0; i < 50 && machineOf(pid).length > 0; i++) await delay(100);
  expect(machineOf(pid)).toEqual([]);
  expect((await finish(['6.12', '--', 'true'])).code).toBe(0);
  expect(foldersOf(pid)).toEqual([]);
  const pidFiles = existsSync('/run/virtiofsd') ? readdirSync('/run/virtiofsd') : [];
  expect(pidFiles.filter(name => name.includes(`netwhy-vm-${pid}-`))).toEqual([]);
});

it('ends with its reader', async () => {
  const script = '{ { "$0" "$1" 6.12 -- yes; echo "code $?" >&2; } | head -n 1; } 2>&1';
  const said = execFileSync('sh', ['-c', script, process.execPath, program], { encoding: 'utf8' });
  expect(said).toBe('y\ncode 141\n');
});

it('answers 124 at the time limit and 69 for a kernel that the archive does not have', async () => {
  const [late, absent] = await Promise.all([
    finish(['--timeout', '15', '6.12', '--', 'sleep', '1000']),
    finish(['2.4', '--', 'true']),
  ]);
  expect(late).toMatchObject({ code: 124, said: 'vm: time limit of 15 s\n' });
  expect(absent.code).toBe(69);
  expect(absent.said).toContain('linux-image-2.4');
});
