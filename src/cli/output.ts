import { writeSync } from 'node:fs';

/** Where text goes: knows whether a person reads it, whether colour is wanted, and when the reader has left. */
export interface Output {
  readonly terminal: boolean;
  readonly color: boolean;
  /** Width in characters; 110 when it is not a terminal. */
  columns(): number;
  rows(): number;
  /** Writes all of it, in order. After the reader has left (EPIPE) it does nothing. */
  write(text: string): void;
}

const RETRY_MS = 1;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Colour follows NO_COLOR, FORCE_COLOR and TERM=dumb before it follows the terminal. */
export function wantsColor(terminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return terminal && env.TERM !== 'dumb';
}

export function outputOf(
  stream: NodeJS.WriteStream,
  fd: number,
  env: Readonly<Record<string, string | undefined>>,
  onClosed: () => void,
): Output {
  const terminal = stream.isTTY === true;
  let open = true;
  return {
    terminal,
    color: wantsColor(terminal, env),
    columns: () => stream.columns ?? 110,
    rows: () => stream.rows ?? 24,
    write: text => {
      if (!open || text === '') return;
      open = writeAll(fd, text);
      if (!open) onClosed();
    },
  };
}

/** False when the reader has closed the pipe. A pipe that is full for now is waited for. */
function writeAll(fd: number, text: string): boolean {
  const bytes = Buffer.from(text);
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EPIPE' || code === 'EIO') return false;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(sleeper, 0, 0, RETRY_MS);
    }
  }
  return true;
}
