import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Child, endChild, startChild } from './child.ts';
import { outputOf } from './process.ts';
import { VIRTIOFS_SOCKET } from './qemu.ts';
import { removeAbandoned } from './run-folder.ts';

/** The daemon's two generations: QEMU's own in C (Debian 12, Ubuntu 22.04), and the later one in Rust. */
const DAEMONS = [
  {
    path: '/usr/lib/qemu/virtiofsd',
    share: ['-o', 'source=/', '-o', 'cache=always', '-o', 'sandbox=chroot'],
  },
  { path: '/usr/libexec/virtiofsd', share: ['--shared-dir=/', '--cache=always', '--sandbox=chroot'] },
] as const;
const START_LIMIT_MS = 5000;

/** Can the root be shared by virtiofs here? It takes the daemon, and root to run it. */
export function hasVirtiofsd(): boolean {
  return process.getuid?.() === 0 && DAEMONS.some(({ path }) => existsSync(path));
}

const PID_FILES = '/run/virtiofsd';

/** The daemon in C notes its process under this name, and leaves it when it is killed. */
function pidFileOf(socket: string): string {
  return join(PID_FILES, `${socket.replaceAll('/', '.')}.pid`);
}

/** The later daemons tell the guest of mount points, which overlayfs then refuses to look into (EREMOTE). */
async function plainMounts(daemon: string): Promise<string[]> {
  const help = await outputOf([daemon, '--help']);
  const option = '--no-announce-submounts';
  return help.includes(option) ? [option] : [];
}

/** Starts the daemon for one run and waits until it listens, or has failed to. */
export async function startVirtiofsd(
  folder: string,
): Promise<{ readonly child: Child; readonly isReady: boolean }> {
  removeAbandoned(PID_FILES);
  const daemon = DAEMONS.find(({ path }) => existsSync(path)) ?? DAEMONS[0];
  const socket = join(folder, VIRTIOFS_SOCKET);
  const options = [`--socket-path=${socket}`, ...daemon.share, ...(await plainMounts(daemon.path))];
  const child = startChild([daemon.path, ...options], folder);
  const deadline = Date.now() + START_LIMIT_MS;
  const isWaiting = (): boolean =>
    !existsSync(socket) && child.process.exitCode === null && Date.now() < deadline;
  while (isWaiting()) await delay(10);
  return { child, isReady: existsSync(socket) && child.process.exitCode === null };
}

/** Ends the daemon and removes what it leaves. */
export async function endVirtiofsd(child: Child, folder: string): Promise<void> {
  await endChild(child, 'SIGTERM');
  await rm(pidFileOf(join(folder, VIRTIOFS_SOCKET)), { force: true });
}
