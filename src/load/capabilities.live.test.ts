import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Standalone, standalone } from './testdata/standalone.ts';

let program: Standalone;
beforeAll(() => {
  program = standalone('as-another-user');
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
  const drop = ['--reuid=65534', '--regid=65534', '--clear-groups', `--inh-caps=-all${names}`];
  const caps = [`--ambient-caps=-all${names}`, `--bounding-set=-all${names}`];
  return JSON.parse(
    execFileSync('setpriv', [...drop, ...caps, process.execPath, program.path], { encoding: 'utf8' }),
  );
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
