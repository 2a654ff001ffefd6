import type { Command } from 'commander';
import { UsageError } from '../../base/index.ts';
import { buildCommand } from '../build-command.ts';
import { type CommandSpec, type Context, EXIT, examples } from '../command.ts';
import { SHELLS } from '../completion/shells.ts';
import { wordsOf } from '../completion/words.ts';

export const completion: CommandSpec = { configure, run };

function configure(command: Command): void {
  command.argument('<shell>', Object.keys(SHELLS).join(', '));
  examples(command, [
    ['source <(netwhy completion bash)', 'for this shell'],
    ['netwhy completion zsh > ~/.zfunc/_netwhy', 'for zsh'],
    ['netwhy completion fish > ~/.config/fish/completions/netwhy.fish', 'for fish'],
  ]);
}

async function run(
  [shell]: readonly string[],
  _options: Readonly<Record<string, unknown>>,
  { out, commands }: Context,
): Promise<number> {
  const script = SHELLS[shell ?? ''];
  if (!script)
    throw new UsageError(`no completion for "${shell}"`, `There are: ${Object.keys(SHELLS).join(', ')}.`);
  const words = await Promise.all(
    commands.map(async row => wordsOf(row.name, row.summary, buildCommand(row, await row.load()))),
  );
  out.write(script(words));
  return EXIT.ok;
}
