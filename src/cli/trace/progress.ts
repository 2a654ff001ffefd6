import type { AttachProgress } from '../../collect/index.ts';
import type { Output } from '../output.ts';

const REDRAW_MS = 100;
const PLAIN_MS = 5000;

/** How far setting the probes has come: one line drawn over itself on a terminal, elsewhere a line every 5 seconds. */
export function attachProgress(err: Output): (progress: AttachProgress) => void {
  let next = performance.now() + (err.terminal ? 0 : PLAIN_MS);
  return ({ done, total, rate, left }) => {
    const now = performance.now();
    if (now < next || done === total) return;
    next = now + (err.terminal ? REDRAW_MS : PLAIN_MS);
    const text = `netwhy: ${done} of ${total} probes set, ${rate.toFixed(0)} a second, ${Math.ceil(left)} s left; Ctrl-C stops`;
    err.write(err.terminal ? `\r\u001b[K${text}` : `${text}\n`);
  };
}
