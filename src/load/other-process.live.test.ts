import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Attr, bpf, Fd, tryBpf } from '../sys/index.ts';
import { failOnLeaks } from '../sys/leak-test.ts';
import { type Standalone, standalone } from './testdata/standalone.ts';

failOnLeaks();

let program: Standalone;
beforeAll(() => {
  program = standalone('other-process');
});
afterAll(() => program[Symbol.dispose]());

interface Outcome {
  readonly uid?: number;
  readonly seen?: number;
  readonly message?: string;
  readonly hint?: string;
}

/** Runs the program as nobody with just these capabilities. */
function runWith(...capabilities: readonly string[]): Outcome {
  const names = capabilities.map(name => `,+${name}`).join('');
  const user = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  const sets = ['inh-caps', 'ambient-caps', 'bounding-set'].map(set => `--${set}=-all${names}`);
  const command = [...user, ...sets, process.execPath, program.path, 'try'];
  return JSON.parse(execFileSync('setpriv', command, { encoding: 'utf8' }));
}

test('CAP_BPF and CAP_PERFMON suffice for another user', () => {
  expect(runWith('bpf', 'perfmon')).toEqual({ uid: 65534, seen: 1 });
});

test('without any capability the error names the one that is missing', () => {
  const { message, hint } = runWith();
  expect(message).toBe('bpf(MAP_CREATE) of map seen: EPERM');
  expect(hint).toContain('needs CAP_BPF: run as root, or grant it with `setpriv --inh-caps=+bpf');
});

test('with CAP_BPF alone, the other one', () => {
  const { message, hint } = runWith('bpf');
  expect(message).toBe('bpf(PROG_LOAD) of program seen: EPERM');
  expect(hint).toContain('needs CAP_PERFMON');
  expect(hint).not.toContain('needs CAP_BPF');
});

/** Names of all programs in the kernel (struct bpf_prog_info: name at 64). */
function programNames(): readonly string[] {
  const names: string[] = [];
  const next = new Attr(12);
  while (tryBpf('prog_get_next_id', next.bytes) === 0) {
    next.u32(0, next.readU32(4));
    const fd = tryBpf('prog_get_fd_by_id', new Attr(12).u32(0, next.readU32(4)).bytes);
    if (fd < 0) continue;
    using one = new Fd(fd, 'some program');
    const info = new Attr(80);
    bpf('obj_get_info_by_fd', new Attr(16).u32(0, one.fd).u32(4, 80).pointer(8, info.bytes).bytes);
    names.push(Buffer.from(info.bytes.subarray(64, 80)).toString().replace(/\0.*/s, ''));
  }
  return names;
}

test('a killed process leaves no program behind', async () => {
  const name = `nw${process.pid}`;
  const child = spawn(process.execPath, [program.path, 'wait', name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    expect(programNames()).toContain(name);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  for (let i = 0; i < 100 && programNames().includes(name); i++) await sleep(50);
  expect(programNames()).not.toContain(name);
});
