import { type CommandWords, type OptionWords, VALUE_COMMANDS } from './words.ts';

/** A completion script per shell. */
export const SHELLS: Readonly<Record<string, (commands: readonly CommandWords[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function bashScript(commands: readonly CommandWords[]): string {
  const options = commands.map(({ name, options: rows }) => `    ${name}) words='${flagsOf(rows)}' ;;`);
  const values = Object.entries(VALUE_COMMANDS).map(
    ([flag, ask]) => `    ${flag}) COMPREPLY=($(compgen -W "$(${ask})" -- "$word")); return ;;`,
  );
  return `# netwhy completion for bash: source <(netwhy completion bash)
_netwhy() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words=
  COMPREPLY=()
  case $before in
${values.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${commands.map(({ name }) => name).join(' ')} --help --version'
  else
    case \${COMP_WORDS[1]} in
${options.map(line => `  ${line}`).join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _netwhy netwhy ./netwhy
`;
}

function flagsOf(rows: readonly OptionWords[]): string {
  return rows.map(({ flag }) => flag).join(' ');
}

function zshScript(commands: readonly CommandWords[]): string {
  const list = commands.map(({ name, summary }) => `    '${name}:${zshText(summary)}'`);
  const cases = commands.map(
    ({ name, options }) => `    ${name}) _arguments ${options.map(zshOption).join(' ')} '*:filter:' ;;`,
  );
  return `#compdef netwhy
# netwhy completion for zsh: netwhy completion zsh > ~/.zfunc/_netwhy
_netwhy() {
  local -a commands
  commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
  esac
}
compdef _netwhy netwhy
`;
}

function zshOption({ flag, summary, value }: OptionWords): string {
  const ask = VALUE_COMMANDS[flag];
  const values =
    value === null ? '' : `:${value}:${ask ? `( \${(f)"$(${ask.replaceAll("'", "'\\''")})"} )` : ''}`;
  return `'*${flag}[${zshText(summary)}]${values}'`;
}

function zshText(text: string): string {
  return text.replaceAll("'", "'\\''").replace(/[[\]:]/g, match => `\\${match}`);
}

function fishScript(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const rows = commands.flatMap(({ name, summary, options }) => [
    `complete -c netwhy -f -n "not __fish_seen_subcommand_from ${names}" -a ${name} -d ${fishText(summary)}`,
    ...options.map(option => fishOption(name, option)),
  ]);
  return `# netwhy completion for fish: netwhy completion fish > ~/.config/fish/completions/netwhy.fish\n${rows.join('\n')}\n`;
}

function fishOption(command: string, { flag, summary, value }: OptionWords): string {
  const ask = VALUE_COMMANDS[flag];
  const values = value === null ? '' : ` -x${ask ? ` -a ${fishText(`(${ask})`)}` : ''}`;
  const name = flag.replace(/^--/, '');
  return `complete -c netwhy -n "__fish_seen_subcommand_from ${command}" -l ${name} -d ${fishText(summary)}${values}`;
}

function fishText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
