import { type Cbpf, filterError, mentionsTags, type PacketFilter, REJECT_ALL } from '../../filter/index.ts';
import { compileFor } from './dead-capture.ts';
import { errorPosition } from './error-position.ts';
import type { Libpcap } from './library.ts';

/** A filter, and in words where it cannot match. */
export interface LibpcapFilter {
  readonly filter: PacketFilter;
  readonly note?: string;
}

const ONLY_WITH_ETHERNET =
  'asks for the Ethernet header: packets are found only where it is there, not on local output before it is written';
/** A packet without Ethernet header has no tag: what `vlan` says of it is false. */
const NEVER = '(ip and ip6)';
const VLAN = /(?<![\w.\\:-])vlan(\s+\d+)?(?![\w.:-])/g;
const REJECTS_ALL = /expression rejects all packets/;
/** Its wording differs between versions: "can't parse filter expression: syntax error". */
const SYNTAX_ERROR = /syntax error/;

/** Throws FilterSyntaxError with libpcap's reason and, where it can be found, the place. */
export function compileWithLibpcap(text: string, library: Libpcap): LibpcapFilter {
  const ethernet = compileFor(library, 'ethernet', text);
  if (ethernet.error !== undefined) throw errorOf(text, ethernet.error, library);
  const rawIp = compileFor(library, 'rawIp', text.replace(VLAN, NEVER));
  const filter = filterOf(text, ethernet.insns, rawIp.insns ?? REJECT_ALL);
  return rawIp.insns ? { filter } : { filter, note: ONLY_WITH_ETHERNET };
}

function filterOf(text: string, ethernet: Cbpf, rawIp: Cbpf): PacketFilter {
  return { text, ethernet, rawIp, tags: mentionsTags(text) ? 'inline' : 'hidden' };
}

function errorOf(text: string, message: string, library: Libpcap): Error {
  const complain = (part: string): string | undefined => compileFor(library, 'ethernet', part).error;
  const reason = SYNTAX_ERROR.test(message) ? 'syntax error' : message;
  if (REJECTS_ALL.test(reason)) return filterError(text, undefined, 'no packet can match this expression');
  return filterError(text, errorPosition(text, message, complain), reason);
}
