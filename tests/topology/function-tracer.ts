import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { isUnavailable } from '../../src/base/index.ts';
import { tracefs } from '../../src/kernel/index.ts';

/** One function that the kernel's own tracer saw being entered. */
export interface Entered {
  readonly function: string;
  /** Who ran on the CPU. */
  readonly pid: number;
}

function root(): string {
  const at = tracefs();
  if (isUnavailable(at)) throw new Error(at.why);
  return at.path;
}

/** Names in available_filter_functions, or in enabled_functions: those with any tracer just now. */
export function functionsIn(list: 'available_filter_functions' | 'enabled_functions'): readonly string[] {
  const lines = readFileSync(`${root()}/${list}`, 'utf8').trimEnd().split('\n');
  return lines.map(line => line.split(' ', 1)[0]!);
}

/** The kernel's function tracer in an instance of its own, for this process and what it starts. */
export class FunctionTracer implements Disposable {
  private readonly at: string;

  /** `functions`: all of these names, wherever they are. */
  constructor(functions: ReadonlySet<string>) {
    this.at = `${root()}/instances/nw${process.pid}`;
    mkdirSync(this.at);
    try {
      const numbers = functionsIn('available_filter_functions').flatMap((name, index) =>
        functions.has(name) ? [String(index + 1)] : [],
      );
      writeFileSync(`${this.at}/set_ftrace_filter`, `${numbers.join(' ')}\n`);
      writeFileSync(`${this.at}/options/function-fork`, '1');
      writeFileSync(`${this.at}/set_ftrace_pid`, String(process.pid));
      writeFileSync(`${this.at}/buffer_size_kb`, '4096');
      writeFileSync(`${this.at}/current_tracer`, 'function');
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Everything entered so far, in order. */
  entered(): readonly Entered[] {
    const text = readFileSync(`${this.at}/trace`, 'utf8');
    const lines = text.matchAll(/^ *.*-(\d+) +\[\d+\] \S+ +[\d.]+: (\S+) <-/gm);
    return [...lines].map(([, pid, name]) => ({ function: name!, pid: Number(pid) }));
  }

  [Symbol.dispose](): void {
    try {
      writeFileSync(`${this.at}/current_tracer`, 'nop');
    } finally {
      rmdirSync(this.at);
    }
  }
}
