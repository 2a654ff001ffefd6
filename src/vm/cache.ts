import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { NetwhyError } from '../base/index.ts';

/** Where kernels and initramfs images are kept between runs; made when missing. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(base, 'netwhy', 'kernels');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Does something while no other process holds the same lock. Node has no flock(2): a flock(1) child holds it and
 * lets go when its standard input ends, so also when this process is killed.
 */
export async function whileLocked<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', [join(folder, 'lock'), 'sh', '-c', 'echo; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(holder, 'close');
  try {
    await Promise.race([once(holder.stdout, 'data'), closed.then(refuse)]);
    return await work();
  } finally {
    holder.stdin.end();
    await closed.catch(() => {});
  }
}

function refuse(): never {
  throw new NetwhyError('could not lock the kernel cache', 'flock(1) is part of the package util-linux');
}
