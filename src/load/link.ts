import type { Fd } from '../sys/index.ts';

/** A program in its place. Disposing it, or the end of the process, takes the program out again. */
export class Link implements Disposable {
  /** "kprobe ip_rcv", "raw tracepoint kfree_skb". */
  readonly what: string;
  private readonly handles: readonly Fd[];

  /** `handles` are closed in this order. */
  constructor(what: string, handles: readonly Fd[]) {
    this.what = what;
    this.handles = handles;
  }

  get attached(): boolean {
    return this.handles.some(handle => handle.fd >= 0);
  }

  /** Descriptors that hold it in place: whoever inherits them keeps it there. */
  get fds(): readonly number[] {
    return this.handles.map(({ fd }) => fd).filter(fd => fd >= 0);
  }

  [Symbol.dispose](): void {
    for (const handle of this.handles) handle.close();
  }
}
