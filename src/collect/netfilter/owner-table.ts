import type { ChildProcess } from 'node:child_process';
import { isUnavailable, type Unavailable, unavailable } from '../../base/index.ts';
import { requireTool } from '../../kernel/index.ts';
import { spawnInside } from '../inside.ts';
import { ended, onLines } from '../lines.ts';
import type { Place } from '../reading.ts';

const SETTLE_MS = 100;

/** A table that exists as long as the child that made it (flags owner, 5.12): also after SIGKILL of this process. */
export class OwnerTable implements Disposable {
  private readonly child: ChildProcess;
  private readonly over: Promise<number>;
  private complaints: string[] = [];
  private onEnd: (() => void) | undefined;

  private constructor(child: ChildProcess) {
    this.child = child;
    this.over = ended(child);
    child.stdin!.on('error', () => undefined);
    onLines(child.stderr!, line => {
      this.complaints.push(line);
      // What follows a refused command may never print the line that is waited for.
      if (line.startsWith('Error')) setTimeout(() => this.onEnd?.(), SETTLE_MS).unref();
    });
    onLines(child.stdout!, line => {
      if (line === '}') this.onEnd?.();
    });
    void this.over.then(() => this.onEnd?.());
  }

  /**
   * Runs the commands, one line each, in an nft that stays; the first has to make the table. Unavailable with nft's
   * own words when one of them is refused: then nothing is left.
   */
  static async create(
    place: Place,
    table: string,
    commands: readonly string[],
  ): Promise<OwnerTable | Unavailable> {
    const program = requireTool('nft');
    if (isUnavailable(program)) return program;
    // nft keeps what was typed in $HOME/.nft.history; there is no such directory here.
    const env = { ...process.env, LC_ALL: 'C', HOME: '/nonexistent' };
    const options = { stdio: 'pipe', detached: true, env } as const;
    const child = spawnInside(place, program, ['-i'], options);
    if (isUnavailable(child)) return child;
    const owner = new OwnerTable(child);
    const problem = await owner.run([...commands, `list table ${table}`]);
    if (problem === undefined) return owner;
    await owner.stop();
    return unavailable('nft trace', `nft refuses the table that asks for it: ${problem}`, adviceFor(problem));
  }

  /** Removes the table. */
  async stop(): Promise<void> {
    this.child.stdin!.end();
    await this.over;
  }

  [Symbol.dispose](): void {
    this.child.stdin!.end();
  }

  /** What nft complained about; undefined when it did all of it. */
  private async run(commands: readonly string[]): Promise<string | undefined> {
    const done = new Promise<void>(resolve => {
      this.onEnd = resolve;
    });
    this.child.stdin!.write(`${commands.join('\n')}\n`);
    await done;
    if (this.child.exitCode !== null)
      return this.complaints[0] ?? `it ended with code ${this.child.exitCode}`;
    return this.complaints.find(line => line.startsWith('Error'));
  }
}

function adviceFor(problem: string): string {
  if (/Operation not permitted/.test(problem)) return 'run as root, or with CAP_NET_ADMIN in that namespace';
  if (/owner/.test(problem)) return 'tables with an owner need Linux 5.12 and nft 0.9.9';
  return 'nf_tables may be missing in this kernel (CONFIG_NF_TABLES); rule counters still tell';
}
