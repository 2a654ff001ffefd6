import { openSync } from 'node:fs';
import { Fd } from './handles.ts';
import { failed, syscall } from './syscall.ts';

const CLONE_NEWNET = 0x4000_0000;
const OF_OTHERS = /^\/proc\/\d+\//;

/**
 * Runs `run` with this thread in the network namespace of `nsPath`, and comes back whatever happens. Synchronous
 * calls only: what Node hands to other threads (promises of fs, dns, child processes) runs where it always does.
 */
export function inNamespace<T>(nsPath: string, run: () => T): T {
  using home = openNamespace('/proc/thread-self/ns/net');
  using away = openNamespace(nsPath);
  enter(away, nsPath);
  try {
    return run();
  } finally {
    enter(home, 'the namespace it came from');
  }
}

function openNamespace(path: string): Fd {
  try {
    return new Fd(openSync(path, 'r'), `namespace ${path}`);
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    throw failed(`open(${path})`, -errno, OF_OTHERS.test(path) ? ['CAP_SYS_PTRACE'] : []);
  }
}

function enter(namespace: Fd, name: string): void {
  syscall('setns', [namespace.fd, CLONE_NEWNET], { as: `setns(${name})`, needs: ['CAP_SYS_ADMIN'] });
}
