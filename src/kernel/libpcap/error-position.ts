import { mayBeHostName, type Token, tokensOf } from './tokens.ts';

/** What libpcap says against a text; undefined when it takes it. */
export type Complaint = (text: string) => string | undefined;

const SYNTAX_ERROR = /syntax error/;
const QUOTED = /'([^']+)'|(?:host|network|port|protocol|token):? '?([^\s']+)'?$/;

/** Ways an unfinished expression may go on: one of them fits behind every correct beginning. */
const CONTINUATIONS = [
  '',
  ' tcp',
  ' 1',
  ' 1-2',
  ' 10.0.0.1',
  ' 10.0.0.0/8',
  ' host 10.0.0.1',
  ' 02:00:00:00:00:01',
  ' = 1',
  ' 1 = 1',
  '] = 1',
  ' 0] = 1',
  ':1] = 1',
  ' 1] = 1',
];

/**
 * libpcap does not say where. A word that its message quotes is looked for; for a syntax error the first word behind
 * which no expression can go on, for others the first whose beginning gives the same message.
 */
export function errorPosition(text: string, message: string, complain: Complaint): number | undefined {
  const tokens = tokensOf(text);
  if (SYNTAX_ERROR.test(message)) return syntaxPosition(text, tokens, complain);
  return quotedPosition(tokens, message) ?? firstWithMessage(text, tokens, message, complain);
}

function quotedPosition(tokens: readonly Token[], message: string): number | undefined {
  const found = QUOTED.exec(message);
  const word = found?.[1] ?? found?.[2];
  return tokens.find(token => token.text === word)?.start;
}

function firstWithMessage(
  text: string,
  tokens: readonly Token[],
  message: string,
  complain: Complaint,
): number | undefined {
  // Each try would look the names up again.
  if (tokens.some((token, index) => mayBeHostName(token, tokens[index - 1]))) return undefined;
  return tokens.find(token => complain(text.slice(0, token.end)) === message)?.start;
}

function syntaxPosition(text: string, tokens: readonly Token[], complain: Complaint): number {
  const words = tokens.map((token, index) =>
    mayBeHostName(token, tokens[index - 1]) ? '10.0.0.1' : token.text,
  );
  for (let count = 1; count <= tokens.length; count++)
    if (!canGoOn(words.slice(0, count), complain)) return tokens[count - 1]!.start;
  return text.length;
}

function canGoOn(words: readonly string[], complain: Complaint): boolean {
  const beginning = words.join(' ');
  const open = words.filter(word => word === '(').length - words.filter(word => word === ')').length;
  const closing = ' )'.repeat(Math.max(0, open));
  return CONTINUATIONS.some(end => !SYNTAX_ERROR.test(complain(`${beginning}${end}${closing}`) ?? ''));
}
