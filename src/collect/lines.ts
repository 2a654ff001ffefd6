import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** Hands every whole line of the stream to `onLine`, and the last one without its newline at the end. */
export function onLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
    rest = '';
  });
}

/** Exit code when the child has ended and all of its output was read; 127 when it could not be started. */
export function ended(child: ChildProcess): Promise<number> {
  return new Promise(resolve => {
    child.once('error', () => resolve(127));
    child.once('close', (code, signal) => resolve(code ?? (signal === null ? 128 : 0)));
  });
}
