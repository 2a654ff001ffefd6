import { closeSync } from 'node:fs';

/** Something the process holds open: a file descriptor or a mapping. */
export interface OpenHandle {
  readonly what: string;
  /** Stack of the place that opened it. */
  readonly openedAt: string;
}

// The Error is kept, not its text: formatting a stack costs far more than capturing it.
const open = new Map<object, { what: string; origin: Error }>();

export function trackHandle(owner: object, what: string): void {
  open.set(owner, { what, origin: new Error(what) });
}

export function forgetHandle(owner: object): void {
  open.delete(owner);
}

/** Every file descriptor and mapping opened through this room and not closed yet, oldest first. */
export function openHandles(): readonly OpenHandle[] {
  return [...open.values()].map(({ what, origin }) => ({ what, openedAt: originOf(origin) }));
}

function originOf(origin: Error): string {
  const frames = (origin.stack ?? '').split('\n').slice(1);
  return frames.filter(frame => !frame.includes('/sys/handles.')).join('\n');
}

/** Owns one file descriptor; closing twice is harmless. */
export class Fd implements Disposable {
  readonly what: string;
  private number: number;

  constructor(fd: number, what: string) {
    this.number = fd;
    this.what = what;
    trackHandle(this, what);
  }

  /** -1 after close. */
  get fd(): number {
    return this.number;
  }

  close(): void {
    if (this.number < 0) return;
    const fd = this.number;
    this.number = -1;
    forgetHandle(this);
    closeSync(fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
