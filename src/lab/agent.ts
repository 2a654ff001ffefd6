import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { NetwhyError } from '../base/index.ts';
import { AGENT_PROGRAM } from './agent-program.ts';
import { slowness } from './slowness.ts';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A process with sockets inside a namespace, which does what it is told. Ends with this process. */
export class Agent implements Disposable {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private calls = 0;

  private constructor(child: ChildProcess) {
    this.child = child;
    createInterface({ input: child.stdout! }).on('line', line => this.take(line));
    child.on('exit', code => this.fail(`an agent ended with ${code}`));
    child.stdin!.on('error', () => undefined);
  }

  /** Resolves when it takes requests. */
  static async start(netns: string): Promise<Agent> {
    const args = ['netns', 'exec', netns, process.execPath, '--input-type=module', '-e', AGENT_PROGRAM];
    const env = { ...process.env, NETWHY_LAB_SLOWNESS: String(slowness()) };
    const agent = new Agent(spawn('ip', args, { env, stdio: ['pipe', 'pipe', 'inherit'] }));
    await agent.answer(0);
    return agent;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** What the call answers; throws when it throws. */
  call(call: string, args: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const id = ++this.calls;
    this.child.stdin!.write(`${JSON.stringify({ id, call, with: args })}\n`);
    return this.answer(id).then(String);
  }

  /** Stops the whole process where it stands, as a debugger or an overloaded machine would. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  [Symbol.dispose](): void {
    this.child.kill('SIGKILL');
  }

  private answer(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  private take(line: string): void {
    const { id, value, error } = JSON.parse(line) as { id: number; value?: unknown; error?: string };
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new NetwhyError(`the lab's agent failed: ${error}`));
  }

  private fail(message: string): void {
    for (const { reject } of this.waiting.values()) reject(new NetwhyError(message));
    this.waiting.clear();
  }
}
