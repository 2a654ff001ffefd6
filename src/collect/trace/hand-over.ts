import { type ChildProcess, spawn } from 'node:child_process';

/** A program at its functions; closing it takes every one of them out of the kernel's code again. */
export interface Held extends Disposable {
  /** What keeps it in place. */
  readonly fds: readonly number[];
  /** It begins trails. */
  readonly gate: boolean;
  /** Lines that remove it from kprobe_events once the descriptors are closed. */
  readonly removal: string;
}

/** 100 looks, half a second apart. */
const WAIT = 'i=0; while kill -0 $0 2>/dev/null && [ $i -lt 100 ]; do i=$((i+1)); sleep 0.5; done';

/**
 * Gives the descriptors to a child that closes them when this process has ended or closed the pipe: taking probes out
 * waits for all CPUs, for seconds where there are many, and nobody should have to watch that. Answers what to call
 * when our own copies are closed.
 */
export function handOver(held: readonly Held[], kprobeEvents: string | null): () => void {
  const fds = held.flatMap(one => one.fds);
  if (fds.length === 0) return () => undefined;
  const keeper = background('cat', [], fds);
  const removals = held.map(({ removal }) => removal).join('');
  const remover =
    removals === '' || kprobeEvents === null
      ? null
      : background(
          'sh',
          ['-c', `cat >/dev/null; ${WAIT}; ${removalScript(removals, kprobeEvents)}`, String(keeper.pid)],
          [],
        );
  return () => {
    for (const child of [keeper, remover]) child?.stdin?.destroy();
  };
}

function removalScript(removals: string, file: string): string {
  return removals
    .split('\n')
    .filter(line => line !== '')
    .map(line => `echo '${line}' >> ${file}`)
    .join('; ');
}

function background(command: string, args: readonly string[], fds: readonly number[]): ChildProcess {
  const child = spawn(command, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore', ...fds] });
  child.on('error', () => undefined);
  child.unref();
  return child;
}
