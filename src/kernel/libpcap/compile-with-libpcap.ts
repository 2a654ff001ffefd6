import { filterError, mentionsTags, type PacketFilter, REJECT_ALL } from '../../filter/index.ts';
import { compileFor } from './dead-capture.ts';
import { errorPosition } from './error-position.ts';
import type { Libpcap } from './library.ts';

/** A packet without Ethernet header has no tag: what `vlan` says of it is false. */
const NEVER = '(ip and ip6)';
const VLAN = /(?<![\w.\\:-])vlan(\s+\d+)?(?![\w.:-])/g;
const REJECTS_ALL = /expression rejects all packets/;
/** Its wording differs between versions: "can't parse filter expression: syntax error". */
const SYNTAX_ERROR = /syntax error/;

/** Throws FilterSyntaxError with libpcap's reason and, where it can be found, the place. */
export function compileWithLibpcap(text: string, library: Libpcap): PacketFilter {
  const ethernet = compileFor(library, 'ethernet', text);
  if (ethernet.error !== undefined) throw errorOf(text, ethernet.error, library);
  const rawIp = compileFor(library, 'rawIp', text.replace(VLAN, NEVER));
  const tags = mentionsTags(text) ? 'inline' : 'hidden';
  return { text, ethernet: ethernet.insns, rawIp: rawIp.insns ?? REJECT_ALL, tags };
}

function errorOf(text: string, message: string, library: Libpcap): Error {
  const complain = (part: string): string | undefined => compileFor(library, 'ethernet', part).error;
  const reason = SYNTAX_ERROR.test(message) ? 'syntax error' : message;
  if (REJECTS_ALL.test(reason)) return filterError(text, undefined, 'no packet can match this expression');
  return filterError(text, errorPosition(text, message, complain), reason);
}
