import type { Command } from 'commander';

export interface OptionWords {
  readonly flag: string;
  readonly summary: string;
  /** What its value is called; null for a switch. */
  readonly value: string | null;
}

export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionWords[];
}

/** What a shell needs to know of a command, read off its own definition. */
export function wordsOf(name: string, summary: string, command: Command): CommandWords {
  const options = command.options.map(option => ({
    flag: option.long ?? option.flags,
    summary: option.description.split('\n')[0]!,
    value: option.required || option.optional ? (/<([^>]+)>/.exec(option.flags)?.[1] ?? 'value') : null,
  }));
  return { name, summary, options: [...options, { flag: '--help', summary: 'show help', value: null }] };
}

/** Values that the shell can ask the machine for; the word is the option's. */
export const VALUE_COMMANDS: Readonly<Record<string, string>> = {
  '--ifname': 'ls /sys/class/net 2>/dev/null',
  '--netns': 'ls /run/netns 2>/dev/null',
  '--reason': 'netwhy reasons --json 2>/dev/null | sed -n \'s/.*"reason":"\\([A-Z0-9_]*\\)".*/\\1/p\'',
};
