import { openSync } from 'node:fs';
import { Fd } from './handles.ts';
import { syscall } from './syscall.ts';

const CLONE_NEWNET = 0x4000_0000;

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
  return new Fd(openSync(path, 'r'), `namespace ${path}`);
}

function enter(namespace: Fd, name: string): void {
  syscall('setns', [namespace.fd, CLONE_NEWNET], { as: `setns(${name})`, needs: ['CAP_SYS_ADMIN'] });
}
