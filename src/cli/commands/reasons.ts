import type { Command } from 'commander';
import { UsageError } from '../../base/index.ts';
import { reasonEntry } from '../../diagnose/index.ts';
import { type ReasonRow, reasonsJson, reasonsText, styleOf } from '../../render/index.ts';
import { kernelReasons, Machine } from '../../session/index.ts';
import { type CommandSpec, type Context, EXIT, examples } from '../command.ts';
import { suggest } from '../suggest.ts';

export const reasons: CommandSpec = { configure, run };

function configure(command: Command): void {
  command
    .argument('[name...]', 'reasons to explain: NO_SOCKET; part of a name finds all that contain it')
    .option('--all', 'every reason, each with its cause and remedy')
    .option('--json', 'one JSON object per line');
  examples(command, [
    ['netwhy reasons', 'the list, one line each'],
    ['netwhy reasons NO_SOCKET', 'what it means, what usually causes it, what to do'],
    ['netwhy reasons csum', 'all that contain the word'],
    ['netwhy reasons --all --json', 'everything, for other programs'],
  ]);
}

async function run(
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<number> {
  const known = kernelReasons(new Machine()).map(reason => ({
    ...reason,
    entry: reasonEntry(reason.subsystem, reason.reason) ?? null,
  }));
  const chosen = args.length === 0 ? known : args.flatMap(name => matching(name, known));
  if (options.json) context.out.write(reasonsJson(chosen));
  else {
    const full = options.all === true || args.length > 0;
    context.out.write(
      reasonsText(
        chosen,
        full,
        styleOf(context.out.color),
        Math.min(110, Math.max(80, context.out.columns())),
      ),
    );
  }
  return EXIT.ok;
}

function matching(name: string, known: readonly ReasonRow[]): readonly ReasonRow[] {
  const wanted = name.toUpperCase().replace(/^(SKB_DROP_REASON_|SK_RST_REASON_)/, '');
  const exact = known.filter(({ reason }) => reason === wanted);
  if (exact.length > 0) return exact;
  const near = known.filter(({ reason }) => reason.includes(wanted));
  if (near.length > 0) return near;
  throw new UsageError(
    `this kernel has no reason ${wanted}`,
    suggest(wanted, [...new Set(known.map(row => row.reason))].slice(0, 200)),
  );
}
