import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAME = /^netwhy-vm-(\d+)-/;

/** A folder for the sockets and files of one boot. Short, because a socket's path has 107 characters at most. */
export interface RunFolder extends Disposable {
  readonly path: string;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes the folders of runs that were killed before they could do so. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = NAME.exec(name)?.[1];
    if (!pid || isAlive(Number(pid))) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's: not ours to remove.
    }
  }
}

/** Makes the folder; it goes away with the handle, or with the process. */
export function openRunFolder(): RunFolder {
  removeAbandoned();
  const path = mkdtempSync(join(tmpdir(), `netwhy-vm-${process.pid}-`));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    path,
    [Symbol.dispose]: () => {
      process.removeListener('exit', remove);
      remove();
    },
  };
}
