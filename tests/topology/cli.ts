import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The built command line; ./test builds it before the tests. */
export const CLI: string = join(process.cwd(), 'dist/bin/netwhy.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs netwhy to its end. */
export function netwhy(...args: string[]): Finished {
  const options = { encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], options);
  return { code: status, stdout, stderr };
}

const PATIENCE_MS = 60_000;

/** A netwhy that watches; `stop` ends it as Ctrl-C does. */
export class Watching implements AsyncDisposable {
  private readonly child: ChildProcess;
  private readonly closed: Promise<number | null>;
  private out = '';
  private err = '';

  private constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout!.on('data', chunk => {
      this.out += chunk;
    });
    this.child.stderr!.on('data', chunk => {
      this.err += chunk;
    });
    this.closed = new Promise(resolve => this.child.on('close', resolve));
  }

  /** Resolves when the probes are attached; `ready` is what it then says on standard error. */
  static async start(args: readonly string[], ready: RegExp = /Ctrl-C ends/): Promise<Watching> {
    const watching = new Watching(args);
    try {
      await watching.until(() => ready.test(watching.err));
      return watching;
    } catch (error) {
      await watching[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Standard output so far. */
  text(): string {
    return this.out;
  }

  /** Objects printed so far, one per whole line. */
  objects(): Record<string, unknown>[] {
    const lines = this.out.slice(0, this.out.lastIndexOf('\n') + 1).split('\n');
    return lines.filter(line => line !== '').map(line => JSON.parse(line));
  }

  /** Waits until the condition holds; throws when the process ended, or a minute passed, without it. */
  async until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!condition()) {
      if (this.child.exitCode !== null)
        throw new Error(`netwhy ended with ${this.child.exitCode}:\n${this.err}`);
      if (Date.now() > deadline) throw new Error(`not within a minute:\n${this.out}\n${this.err}`);
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Finished> {
    this.child.kill(signal);
    return this.finished();
  }

  async finished(): Promise<Finished> {
    return { code: await this.closed, stdout: this.out, stderr: this.err };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.closed;
  }
}
