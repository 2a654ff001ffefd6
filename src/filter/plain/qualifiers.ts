import { IP_PROTOCOLS } from '../../abi/index.ts';
import type { Reader } from './reader.ts';
import type { Carrier, Direction, Primitive } from './syntax.ts';

export type ValueKind = 'host' | 'net' | 'port' | 'portrange' | 'proto';

/** What stands before a value and holds for the values that follow with "or" and "and", too. */
export interface Qualifiers {
  /** Protocol word, if any, and where it stands. */
  readonly protocol: string | undefined;
  readonly at: number;
  readonly direction: Direction;
  readonly kind: ValueKind;
}

const CARRIERS: ReadonlySet<string> = new Set(['ip', 'ip6', 'arp', 'rarp']);
const KINDS: ReadonlySet<string> = new Set(['host', 'net', 'port', 'portrange', 'proto']);
const BOTH: readonly Carrier[] = ['ip', 'ip6'];

/** Words that are whole expressions, by IP protocol and where libpcap looks for it. */
const PROTOCOLS: Readonly<
  Record<string, { readonly number: number; readonly carriers: readonly Carrier[] }>
> = {
  tcp: { number: IP_PROTOCOLS.tcp, carriers: BOTH },
  udp: { number: IP_PROTOCOLS.udp, carriers: BOTH },
  sctp: { number: IP_PROTOCOLS.sctp, carriers: BOTH },
  ah: { number: IP_PROTOCOLS.ah, carriers: BOTH },
  esp: { number: IP_PROTOCOLS.esp, carriers: BOTH },
  pim: { number: IP_PROTOCOLS.pim, carriers: BOTH },
  icmp: { number: IP_PROTOCOLS.icmp, carriers: ['ip'] },
  igmp: { number: IP_PROTOCOLS.igmp, carriers: ['ip'] },
  vrrp: { number: 112, carriers: ['ip'] },
  icmp6: { number: IP_PROTOCOLS.icmpv6, carriers: ['ip6'] },
};

export function isProtocolWord(word: string | undefined): word is string {
  return word !== undefined && (CARRIERS.has(word) || Object.hasOwn(PROTOCOLS, word));
}

export function protocolNumberOf(word: string): number | undefined {
  return Object.hasOwn(PROTOCOLS, word) ? PROTOCOLS[word]!.number : undefined;
}

/** "tcp", "arp" alone. */
export function protocolPrimitive(word: string): Primitive {
  if (CARRIERS.has(word)) return { kind: 'carrier', carrier: word as Carrier };
  return { kind: 'protocol', ...PROTOCOLS[word]! };
}

/** Does a qualifier of direction or kind come next? */
export function startsQualifiers(word: string | undefined): boolean {
  return word !== undefined && (word === 'src' || word === 'dst' || KINDS.has(word));
}

/** Reads "[src or dst] [port]" behind an optional protocol word that stood at `at`. Without a kind: host. */
export function readQualifiers(reader: Reader, protocol: string | undefined, at: number): Qualifiers {
  const direction = readDirection(reader);
  const word = reader.peek();
  if (word === undefined || !KINDS.has(word)) return { protocol, at, direction, kind: 'host' };
  reader.skip();
  return { protocol, at, direction, kind: word as ValueKind };
}

function readDirection(reader: Reader): Direction {
  const first = reader.peek();
  if (first !== 'src' && first !== 'dst') return 'either';
  reader.take(first);
  const other = first === 'src' ? 'dst' : 'src';
  const joint = reader.peek();
  if ((joint !== 'and' && joint !== 'or') || reader.peekSecond() !== other) return first;
  reader.take(joint);
  reader.take(other);
  return joint === 'and' ? 'both' : 'either';
}
