import { spawnSync } from 'node:child_process';
import { NetwhyError } from '../base/index.ts';

export interface Ran {
  readonly code: number;
  readonly text: string;
}

/** conntrack -D prints every entry that it deletes. */
const LARGEST_BYTES = 256 << 20;

/** Runs a program to its end, in the C locale. */
export function ran(program: string, args: readonly string[], input?: string): Ran {
  const options = {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    timeout: 60_000,
    maxBuffer: LARGEST_BYTES,
  } as const;
  const { status, stdout, stderr, error } = spawnSync(program, [...args], {
    ...options,
    ...(input === undefined ? {} : { input: `${input}\n` }),
  });
  return { code: error ? 127 : (status ?? 128), text: `${stdout ?? ''}${stderr ?? error?.message ?? ''}` };
}

export function mustRun(program: string, args: readonly string[], input?: string): string {
  const { code, text } = ran(program, args, input);
  if (code === 0) return text;
  const what = [program, ...args].join(' ');
  throw new NetwhyError(
    `the lab's ${what} ended with ${code}: ${text.trim()}${input ? `\ninput:\n${input}` : ''}`,
  );
}
