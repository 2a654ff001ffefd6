import type { Command } from 'commander';
import { doctorJson, doctorText, styleOf } from '../../render/index.ts';
import { type Cleaning, cleanLeftovers, examine } from '../../session/index.ts';
import { type CommandSpec, type Context, EXIT, examples } from '../command.ts';

export const doctor: CommandSpec = { configure, run };

const NARROWEST = 60;
const WIDEST = 110;

function configure(command: Command): void {
  command
    .option(
      '--clean',
      'first remove what earlier runs that were killed left behind (namespaces, tables, TRACE rules, probes)',
    )
    .option('--json', 'one JSON object per line: every check, then the end');
  examples(command, [
    ['sudo netwhy doctor', 'what is in the way, what that costs, what to do'],
    ['netwhy doctor', 'the same for a user without privileges'],
    ['netwhy doctor --json', 'for other programs; exit code 0 when drops can be seen, else 3'],
    ['sudo netwhy doctor --clean', 'remove the leftovers it lists'],
  ]);
}

async function run(
  _args: readonly string[],
  options: Readonly<Record<string, unknown>>,
  { out, err }: Context,
): Promise<number> {
  const cleaning = options.clean === true ? cleanLeftovers() : undefined;
  const examination = examine();
  const time = new Date().toISOString();
  if (options.json === true) out.write(cleaningJson(cleaning, time) + doctorJson(examination, time));
  else {
    const columns = Math.min(WIDEST, Math.max(NARROWEST, out.columns()));
    out.write(cleaningText(cleaning) + doctorText(examination, styleOf(out.color), columns));
  }
  for (const problem of cleaning?.failed ?? []) err.write(`netwhy: could not remove ${problem}\n`);
  return examination.canSeeDrops ? EXIT.ok : EXIT.blind;
}

function cleaningText(cleaning: Cleaning | undefined): string {
  if (cleaning === undefined) return '';
  if (cleaning.removed.length === 0) return 'Nothing of earlier runs was removed.\n\n';
  return `${cleaning.removed.map(what => `Removed ${what}.\n`).join('')}\n`;
}

function cleaningJson(cleaning: Cleaning | undefined, time: string): string {
  return (cleaning?.removed ?? [])
    .map(what => `${JSON.stringify({ type: 'removed', time, what })}\n`)
    .join('');
}
