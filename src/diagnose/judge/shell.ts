import type { Namespace } from './evidence.ts';

const PLAIN_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/;
const OPERATOR = /(?:^|\s)(?:\||&&|\|\||>|<)(?:\s|$)/;

/** One word for a POSIX shell. Control characters become blanks: a value never starts a new line. */
export function shellQuote(text: string): string {
  const flat = flatten(text);
  if (PLAIN_WORD.test(flat)) return flat;
  return `'${flat.replaceAll("'", "'\\''")}'`;
}

/** Without control characters. */
export function flatten(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

/** Words as iptables-save writes them: blanks separate, double quotes hold together, a backslash escapes. */
export function wordsOf(text: string): string[] {
  const words = flatten(text).match(/(?:[^\s"\\]|\\.|"(?:[^"\\]|\\.)*"|["\\])+/g) ?? [];
  return words.map(word => word.replace(/"((?:[^"\\]|\\.)*)"/g, '$1').replace(/\\(.)/g, '$1'));
}

/** The command as it is typed on the host to run in that namespace. */
export function inNamespaceOf(command: string, namespace: Namespace): string {
  const { kind, name, path } = namespace;
  if (kind === 'host' || kind === 'own') return command;
  const enter = kind === 'named' ? `ip netns exec ${shellQuote(name)}` : `nsenter --net=${shellQuote(path)}`;
  return OPERATOR.test(command) ? `${enter} sh -c ${shellQuote(command)}` : `${enter} ${command}`;
}
