import { CommanderError } from 'commander';
import { isUnavailable, NetwhyError, UsageError } from '../base/index.ts';
import { buildCommand } from './build-command.ts';
import { type CommandRow, type Context, EXIT } from './command.ts';
import { COMMANDS } from './command-table.ts';
import { type Output, outputOf } from './output.ts';
import { suggest } from './suggest.ts';
import { version } from './version.ts';

/** Runs one command line (without node and script) and answers with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const closed = (): void => stop.abort('the reader closed the pipe');
  const out = outputOf(process.stdout, 1, process.env, closed);
  const err = outputOf(process.stderr, 2, process.env, closed);
  const release = onSignals(stop);
  try {
    return await dispatch(argv, { out, err, env: process.env, stop: stop.signal, commands: COMMANDS });
  } catch (error) {
    return report(error, err);
  } finally {
    release();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first signal stops gently; a second one ends the process at once. */
function onSignals(stop: AbortController): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort(signal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}

const VERSION_FLAGS = new Set(['--version', '-V', 'version']);
const HELP_FLAGS = new Set(['--help', '-h', 'help']);

async function dispatch(argv: readonly string[], context: Context): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined) return overview(context.err, EXIT.usage);
  if (VERSION_FLAGS.has(first)) return print(context.out, `${version()}\n`);
  if (HELP_FLAGS.has(first) && rest.length === 0) return overview(context.out, EXIT.ok);
  if (HELP_FLAGS.has(first)) return dispatch([...rest, '--help'], context);
  const row = COMMANDS.find(candidate => candidate.name === first);
  if (row) return runCommand(row, rest, context);
  throw new UsageError(
    `there is no command "${first}"`,
    suggest(
      first,
      COMMANDS.map(command => command.name),
    ),
  );
}

async function runCommand(row: CommandRow, argv: readonly string[], context: Context): Promise<number> {
  const spec = await row.load();
  const command = buildCommand(row, spec);
  command.configureHelp({ helpWidth: Math.min(context.out.columns(), 110) });
  command.configureOutput({
    writeOut: text => context.out.write(text),
    writeErr: text => context.err.write(text.replace(/^error: /, 'netwhy: ')),
  });
  command.parse([...argv], { from: 'user' });
  return spec.run(command.args, command.opts(), context);
}

function overview(output: Output, code: number): number {
  const width = Math.max(...COMMANDS.map(row => row.name.length));
  const rows = COMMANDS.map(row => `  ${row.name.padEnd(width)}  ${row.summary}`).join('\n');
  output.write(
    `netwhy ${version()}: where a packet went inside Linux, where and why it was dropped, and what to do about it\n\n` +
      `Usage: netwhy COMMAND [options]\n\n${rows}\n\n` +
      '  netwhy COMMAND --help shows options and examples; netwhy --version the version.\n',
  );
  return code;
}

function print(output: Output, text: string): number {
  output.write(text);
  return EXIT.ok;
}

function report(error: unknown, err: Output): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (isUnavailable(error)) {
    err.write(`netwhy: ${error.what} is not available: ${error.why}\n  ${error.instead}\n`);
    return EXIT.blind;
  }
  if (!(error instanceof NetwhyError)) throw error;
  err.write(`netwhy: ${error.message}\n${error.hint ? `  ${error.hint}\n` : ''}`);
  return error instanceof UsageError || error.name === 'FilterSyntaxError' ? EXIT.usage : EXIT.blind;
}
