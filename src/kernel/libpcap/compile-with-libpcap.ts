import {
  filterError,
  matchesNothing,
  mentionsTags,
  type PacketFilter,
  REJECT_ALL,
  simplify,
} from '../../filter/index.ts';
import { compileFor } from './dead-capture.ts';
import { errorPosition } from './error-position.ts';
import type { Libpcap } from './library.ts';

/** A packet without Ethernet header has no tag: what `vlan` says of it is false. */
const NEVER = '(ip and ip6)';
const VLAN = /(?<![\w.\\:-])vlan(\s+\d+)?(?![\w.:-])/g;
/** Its wording differs between versions: "can't parse filter expression: syntax error". */
const SYNTAX_ERROR = /syntax error/;

/** Throws FilterSyntaxError with libpcap's reason and, where it can be found, the place. */
export function compileWithLibpcap(text: string, library: Libpcap): PacketFilter {
  const compiled = compileFor(library, 'ethernet', text);
  if (compiled.error !== undefined) throw errorOf(text, compiled.error, library);
  const ethernet = simplify(compiled.insns);
  if (matchesNothing(ethernet)) throw filterError(text, undefined, 'no packet can match this expression');
  const { insns } = compileFor(library, 'rawIp', text.replace(VLAN, NEVER));
  const rawIp = insns ? simplify(insns) : REJECT_ALL;
  return { text, ethernet, rawIp, tags: mentionsTags(text) ? 'inline' : 'hidden' };
}

function errorOf(text: string, message: string, library: Libpcap): Error {
  const complain = (part: string): string | undefined => compileFor(library, 'ethernet', part).error;
  const reason = SYNTAX_ERROR.test(message) ? 'syntax error' : message;
  return filterError(text, errorPosition(text, message, complain), reason);
}
