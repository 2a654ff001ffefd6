import type { ChildProcess } from 'node:child_process';
import { isUnavailable, type Unavailable, unavailable } from '../../base/index.ts';
import { spawnInside } from '../inside.ts';
import { ended, onLines } from '../lines.ts';
import type { Place } from '../reading.ts';

/** A rule as arguments: the command, and what follows -I CHAIN or -D CHAIN. */
export interface LegacyRule {
  readonly command: string;
  readonly chain: 'PREROUTING' | 'OUTPUT';
  readonly args: readonly string[];
}

/**
 * Puts rules first into their chains of the raw table and takes them out again when it is disposed, or when this
 * process is no more: the child that did it waits for the end of its input.
 */
export class LegacyGuard implements Disposable {
  private readonly child: ChildProcess;
  private readonly over: Promise<number>;
  private said = '';

  private constructor(child: ChildProcess) {
    this.child = child;
    this.over = ended(child);
    child.stdin!.on('error', () => undefined);
    onLines(child.stderr!, line => {
      this.said ||= line;
    });
  }

  static async insert(place: Place, rules: readonly LegacyRule[]): Promise<LegacyGuard | Unavailable> {
    const child = spawnInside(place, '/bin/sh', ['-c', scriptOf(rules)], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    if (isUnavailable(child)) return child;
    const guard = new LegacyGuard(child);
    const done = await new Promise<boolean>(resolve => {
      onLines(child.stdout!, line => resolve(line === 'done'));
      void guard.over.then(() => resolve(false));
    });
    if (done) return guard;
    await guard.remove();
    return unavailable(
      'legacy TRACE',
      `iptables refuses the rule: ${guard.said}`,
      'rule counters still tell: iptables-legacy-save -c',
    );
  }

  async remove(): Promise<void> {
    this.child.stdin!.end();
    await this.over;
  }

  [Symbol.dispose](): void {
    this.child.stdin!.end();
  }
}

/** Whatever was put in is taken out, also when a later rule is refused. */
function scriptOf(rules: readonly LegacyRule[]): string {
  const line = (flag: string, { command, chain, args }: LegacyRule): string =>
    [command, '-w', '-t', 'raw', flag, chain, ...args, '-j', 'TRACE'].map(quoted).join(' ');
  return [
    'trap "" INT TERM HUP',
    `{ ${rules.map(rule => line('-I', rule)).join(' && ')}; } && echo done && cat >/dev/null`,
    ...rules.map(rule => `${line('-D', rule)} 2>/dev/null`),
    'true',
  ].join('\n');
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
