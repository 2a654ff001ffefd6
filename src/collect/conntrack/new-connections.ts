import { isUnavailable, type Unavailable } from '../../base/index.ts';
import { requireTool } from '../../kernel/index.ts';
import { GuardedChild } from '../guarded-child.ts';
import { failedTool } from '../inside.ts';
import type { Place } from '../reading.ts';

const EVENTS = ['-E', '-e', 'NEW'];

/** Counts new connections by conntrack's own events: the kernel's `new` column is always zero since 4.9. */
export class NewConnections implements Disposable {
  private counted = 0;
  private readonly child: GuardedChild;

  private constructor(start: (onLine: (line: string) => void) => GuardedChild) {
    this.child = start(line => {
      if (line.includes('[NEW]')) this.counted++;
    });
  }

  /** Unavailable without conntrack(8). */
  static watch(place: Place): NewConnections | Unavailable {
    const program = requireTool('conntrack');
    if (isUnavailable(program)) return program;
    try {
      return new NewConnections(onLine => {
        const child = GuardedChild.start(place, program, EVENTS, onLine);
        if (isUnavailable(child)) throw child;
        return child;
      });
    } catch (error) {
      if (isUnavailable(error)) return error;
      throw error;
    }
  }

  /** So far. */
  get count(): number {
    return this.counted;
  }

  /** Why it does not count any more (no CAP_NET_ADMIN, or events came too fast); undefined while it does. */
  get problem(): Unavailable | undefined {
    if (!this.child.failed) return undefined;
    return failedTool('conntrack', EVENTS, { code: 1, stdout: '', stderr: this.child.complaint });
  }

  async stop(): Promise<void> {
    await this.child.stop();
  }

  [Symbol.dispose](): void {
    this.child[Symbol.dispose]();
  }
}
