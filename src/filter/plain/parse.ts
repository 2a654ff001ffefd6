import {
  isProtocolWord,
  protocolPrimitive,
  type Qualifiers,
  readQualifiers,
  startsQualifiers,
} from './qualifiers.ts';
import { Reader } from './reader.ts';
import type { Syntax } from './syntax.ts';
import { readValue } from './values.ts';

const EXPECTED =
  'host, net, port, portrange, proto, src, dst or a protocol (ip, ip6, arp, tcp, udp, icmp, icmp6)';
const DEEPEST = 200;

/** What follows takes over the qualifiers of the value before it: "port 80 or 443". */
interface Context {
  readonly reader: Reader;
  last: Qualifiers | undefined;
  depth: number;
}

/** Reads a whole expression. "and" and "or" bind alike, from the left, as in pcap-filter(7). */
export function parsePlain(text: string): Syntax {
  const context: Context = { reader: new Reader(text), last: undefined, depth: 0 };
  const syntax = readExpression(context);
  if (context.reader.peek() !== undefined) throw context.reader.expected('"and" or "or"');
  return syntax;
}

function readExpression(context: Context): Syntax {
  const { reader } = context;
  let left = readTerm(context);
  for (;;) {
    const kind = reader.take('and') ? 'and' : reader.take('or') ? 'or' : undefined;
    if (kind === undefined) return left;
    left = { kind, left, right: readTerm(context) };
  }
}

function readTerm(context: Context): Syntax {
  const { reader } = context;
  if (++context.depth > DEEPEST) throw reader.wrong('the expression is nested too deeply');
  const term = reader.take('not') ? ({ kind: 'not', of: readTerm(context) } as const) : readOperand(context);
  context.depth--;
  return term;
}

function readOperand(context: Context): Syntax {
  const { reader } = context;
  if (reader.take('(')) return readClosed(context, readExpression);
  const at = reader.position;
  const word = reader.peek();
  if (isProtocolWord(word)) return readProtocolTerm(context, word, at);
  if (startsQualifiers(word)) return readQualified(context, readQualifiers(reader, undefined, at));
  if (context.last && word !== undefined) return readValue(reader, context.last);
  throw reader.expected(EXPECTED);
}

/** "tcp" alone, or before a direction or kind. */
function readProtocolTerm(context: Context, word: string, at: number): Syntax {
  context.reader.skip();
  if (startsQualifiers(context.reader.peek()))
    return readQualified(context, readQualifiers(context.reader, word, at));
  context.last = undefined;
  return protocolPrimitive(word);
}

/** One value, or several in parentheses: "port (80 or 443)". */
function readQualified(context: Context, qualifiers: Qualifiers): Syntax {
  context.last = qualifiers;
  if (context.reader.take('(')) return readClosed(context, readExpression);
  return readValue(context.reader, qualifiers);
}

function readClosed(context: Context, read: (context: Context) => Syntax): Syntax {
  const inside = read(context);
  if (!context.reader.take(')')) throw context.reader.expected('")", "and" or "or"');
  return inside;
}
