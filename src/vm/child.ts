import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A helper process of one run, and what it has said on both its outputs. */
export interface Child {
  readonly process: ChildProcess;
  /** Settles when the process has ended and its output is complete. */
  readonly closed: Promise<void>;
  readonly log: () => string;
}

/**
 * Starts a process that must not outlive this one: the kernel kills it when we die, however we die. Its own
 * session keeps a Ctrl-C meant for us from reaching it first.
 */
export function startChild(command: readonly string[], cwd: string): Child {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => chunks.push(String(chunk)));
  child.on('error', error => chunks.push(error.message));
  const closed = once(child, 'close').then(
    () => {},
    () => {},
  );
  return { process: child, closed, log: () => chunks.join('') };
}

/** Ends a child and waits until it is gone. */
export async function endChild({ process: child, closed }: Child, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  const force = setTimeout(() => child.kill('SIGKILL'), 2000);
  await closed;
  clearTimeout(force);
}
