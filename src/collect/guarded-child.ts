import type { ChildProcess } from 'node:child_process';
import { isUnavailable, type Unavailable } from '../base/index.ts';
import { spawnInside } from './inside.ts';
import { ended, onLines } from './lines.ts';
import type { Place } from './reading.ts';

/**
 * Starts the program in the background and waits for the end of its own input, which comes when netwhy closes it or
 * is no more, SIGKILL included; then it ends the program. Runs in a session of its own, out of a terminal's Ctrl-C.
 */
const GUARD = 'exec 3<&0; "$@" </dev/null & p=$!; exec 1>&- 2>&-; cat <&3 >/dev/null; kill $p; wait $p';

/** A program that prints until it is told to stop, and never outlives this process. */
export class GuardedChild implements Disposable {
  private readonly child: ChildProcess;
  private stopping = false;
  private said = '';
  /** Exit code, when all of its output was read. */
  readonly over: Promise<number>;

  private constructor(child: ChildProcess, onLine: (line: string) => void) {
    this.child = child;
    this.over = ended(child);
    child.stdin!.on('error', () => undefined);
    onLines(child.stdout!, onLine);
    onLines(child.stderr!, line => {
      this.said ||= line;
    });
    child.stdout!.on('end', () => child.stdin!.end());
  }

  static start(
    place: Place,
    program: string,
    args: readonly string[],
    onLine: (line: string) => void,
  ): GuardedChild | Unavailable {
    const child = spawnInside(place, '/bin/sh', ['-c', GUARD, 'netwhy-guard', program, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    return isUnavailable(child) ? child : new GuardedChild(child, onLine);
  }

  /** First line of standard error; empty when it said nothing. */
  get complaint(): string {
    return this.said;
  }

  /** It ended without being asked to. */
  get failed(): boolean {
    return !this.stopping && this.child.stdout!.readableEnded;
  }

  /** Ends the program; resolves when its last output was handed on. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.child.stdin!.end();
    await this.over;
  }

  [Symbol.dispose](): void {
    this.stopping = true;
    this.child.stdin!.end();
  }
}
