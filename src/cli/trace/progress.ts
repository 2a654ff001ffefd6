import type { AttachProgress } from '../../collect/index.ts';
import type { Output } from '../output.ts';

const REDRAW_MS = 100;
const PLAIN_MS = 5000;

/** What is told until tracing begins: one line drawn over itself on a terminal, elsewhere a line every 5 seconds. */
export class Preparing {
  private readonly err: Output;
  private next: number;
  private line = false;
  private over = false;

  constructor(err: Output) {
    this.err = err;
    this.next = performance.now() + (err.terminal ? 0 : PLAIN_MS);
    if (err.terminal) this.draw("netwhy: reading the kernel's types, setting probes …");
  }

  /** Probes are set: what goes wrong from now on is not about them. */
  get done(): boolean {
    return this.over;
  }

  readonly progress = ({ done, total, rate, left }: AttachProgress): void => {
    const now = performance.now();
    if (now < this.next || done === total) return;
    this.next = now + (this.err.terminal ? REDRAW_MS : PLAIN_MS);
    this.draw(
      `netwhy: ${done} of ${total} probes set, ${rate.toFixed(0)} a second, ${Math.ceil(left)} s left; Ctrl-C stops`,
    );
  };

  /** Wipes the line, so that something else can be said. */
  clear(): void {
    if (this.line) this.err.write('\r\u001b[K');
    this.line = false;
  }

  end(): void {
    this.clear();
    this.over = true;
  }

  private draw(text: string): void {
    this.clear();
    this.err.write(this.err.terminal ? text : `${text}\n`);
    this.line = this.err.terminal;
  }
}
