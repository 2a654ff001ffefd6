import type { Command } from 'commander';
import type { Output } from './output.ts';

/** A command's name and line in the overview; its code is loaded only when it is asked for. */
export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandSpec>;
}

/** What a command runs with: where it prints, and when it has to stop. */
export interface Context {
  readonly out: Output;
  readonly err: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C, SIGTERM, SIGHUP or a reader that closed the pipe: detach, say what was seen, end. */
  readonly stop: AbortSignal;
  /** All commands, for those that speak of them. */
  readonly commands: readonly CommandRow[];
}

/** One command. `run` answers with the exit code: 0 fine, 1 problem found, 2 usage, 3 could not observe. */
export interface CommandSpec {
  /** Arguments, options and examples, as commander takes them. */
  readonly configure: (command: Command) => void;
  readonly run: (
    args: readonly string[],
    options: Readonly<Record<string, unknown>>,
    context: Context,
  ) => Promise<number>;
}

/** Exit codes of every command. */
export const EXIT = { ok: 0, problem: 1, usage: 2, blind: 3 } as const;

/** The examples block under a command's help. */
export function examples(command: Command, rows: ReadonlyArray<readonly [line: string, what: string]>): void {
  const width = Math.max(...rows.map(([line]) => line.length));
  const text = rows.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`).join('\n');
  command.addHelpText('after', `\nExamples:\n${text}\n`);
}
