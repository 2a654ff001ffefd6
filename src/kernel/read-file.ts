import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';

/**
 * All bytes of a file whose size is not known before it is read: /proc, /sys and tracefs report 0.
 * Throws what node:fs throws. The result is a view into a larger buffer.
 */
export function readBytes(path: string, sizeHint: number = 64 << 10): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    return drain(fd, new Uint8Array(sizeHint));
  } finally {
    closeSync(fd);
  }
}

function drain(fd: number, first: Uint8Array): Uint8Array {
  let buffer = first;
  let used = 0;
  for (;;) {
    if (used === buffer.length) buffer = grown(buffer);
    const count = readSync(fd, buffer, used, buffer.length - used, null);
    if (count <= 0) return buffer.subarray(0, used);
    used += count;
  }
}

function grown(buffer: Uint8Array): Uint8Array {
  const wider = new Uint8Array(buffer.length * 2);
  wider.set(buffer);
  return wider;
}

/** The file's text; undefined when it is absent or this user may not read it. */
export function readText(path: string): string | undefined {
  try {
    return Buffer.from(readBytes(path)).toString('utf8');
  } catch {
    return undefined;
  }
}

/** As readText, without white space around it. */
export function readTrimmed(path: string): string | undefined {
  return readText(path)?.trim();
}

/** Names in a directory; none when it is absent or unreadable. */
export function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Where a symbolic link points; undefined when it is absent, no link, or unreadable. */
export function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
