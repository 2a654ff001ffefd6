import { Command } from 'commander';
import type { CommandRow, CommandSpec } from './command.ts';

/** Commander's form of a command, with its options and examples, printing nowhere yet. */
export function buildCommand(row: CommandRow, spec: CommandSpec): Command {
  const command = new Command(row.name).description(row.summary).exitOverride().showSuggestionAfterError();
  command.name(`netwhy ${row.name}`);
  spec.configure(command);
  return command;
}
