import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './process.ts';

const NAME = /\bnetwhy-vm-(\d+)-/;

/** A folder for the sockets and files of one boot. Short, because a socket's path has 107 characters at most. */
export interface RunFolder extends Disposable {
  readonly path: string;
}

/** Removes what runs left in a folder that were killed before they could do so: names with a dead process in them. */
export function removeAbandoned(folder: string): void {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const pid = NAME.exec(name)?.[1];
    if (!pid || isAlive(Number(pid))) continue;
    try {
      rmSync(join(folder, name), { recursive: true, force: true });
    } catch {
      // Another user's: not ours to remove.
    }
  }
}

/** Makes the folder; it goes away with the handle, or with the process. */
export function openRunFolder(): RunFolder {
  removeAbandoned(tmpdir());
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
