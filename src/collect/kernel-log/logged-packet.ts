/** What nf_log writes of a packet; null where the line says nothing. */
export interface LoggedPacket {
  readonly family: 'ipv4' | 'ipv6' | 'arp' | 'other';
  readonly iif: string | null;
  readonly oif: string | null;
  /** Bridge ports. */
  readonly physin: string | null;
  readonly physout: string | null;
  readonly mac: string | null;
  readonly src: string | null;
  readonly dst: string | null;
  readonly length: number | null;
  readonly ttl: number | null;
  readonly id: number | null;
  /** "TCP", "UDP", "ICMP", "ICMPv6", or a number. */
  readonly protocol: string | null;
  readonly sport: number | null;
  readonly dport: number | null;
  /** "SYN", "ACK" …, in the line's order. */
  readonly tcpFlags: readonly string[];
  readonly seq: number | null;
  readonly ack: number | null;
  readonly icmpType: number | null;
  readonly icmpCode: number | null;
  readonly mark: number | null;
  readonly uid: number | null;
}

const FLAGS: ReadonlySet<string> = new Set(['AE', 'CWR', 'ECE', 'URG', 'ACK', 'PSH', 'RST', 'SYN', 'FIN']);
const START = /(?:^|\s|:)IN=\S* OUT=/;

/** Where the packet starts in a line of nf_log; -1 when it is none. What stands before is the prefix. */
export function packetStart(text: string): number {
  const found = START.exec(text);
  return found === null ? -1 : found.index + found[0].indexOf('IN=');
}

/**
 * The fields of a LOG, TRACE or log_invalid line, from "IN=" on. Whatever an ICMP error quotes in brackets belongs to
 * another packet and is left out, as is the second LEN of UDP. A line that was cut short gives what is there.
 */
export function parseLoggedPacket(text: string): LoggedPacket {
  const words = text.replace(/\[[^\]]*\]?/g, ' ').split(' ');
  const fields = new Map<string, string>();
  const tcpFlags: string[] = [];
  for (const word of words) {
    const at = word.indexOf('=');
    if (at > 0 && !fields.has(word.slice(0, at))) fields.set(word.slice(0, at), word.slice(at + 1));
    else if (at < 0 && FLAGS.has(word)) tcpFlags.push(word);
  }
  return { ...addressesOf(fields, words), ...transportOf(fields), tcpFlags };
}

type Addresses = Pick<
  LoggedPacket,
  | 'family'
  | 'iif'
  | 'oif'
  | 'physin'
  | 'physout'
  | 'mac'
  | 'src'
  | 'dst'
  | 'length'
  | 'ttl'
  | 'id'
  | 'mark'
  | 'uid'
>;

function addressesOf(fields: ReadonlyMap<string, string>, words: readonly string[]): Addresses {
  const src = fields.get('SRC') ?? fields.get('IPSRC') ?? null;
  const dst = fields.get('DST') ?? fields.get('IPDST') ?? null;
  return {
    family: words.includes('ARP') ? 'arp' : src === null ? 'other' : src.includes(':') ? 'ipv6' : 'ipv4',
    iif: fields.get('IN') || null,
    oif: fields.get('OUT') || null,
    physin: fields.get('PHYSIN') ?? null,
    physout: fields.get('PHYSOUT') ?? null,
    mac: fields.get('MAC') || null,
    src: src === null ? null : shortIpv6(src),
    dst: dst === null ? null : shortIpv6(dst),
    length: numberOf(fields.get('LEN')),
    ttl: numberOf(fields.get('TTL') ?? fields.get('HOPLIMIT')),
    id: numberOf(fields.get('ID')),
    mark: numberOf(fields.get('MARK')),
    uid: numberOf(fields.get('UID')),
  };
}

type Transport = Pick<LoggedPacket, 'protocol' | 'sport' | 'dport' | 'seq' | 'ack' | 'icmpType' | 'icmpCode'>;

function transportOf(fields: ReadonlyMap<string, string>): Transport {
  return {
    protocol: fields.get('PROTO') ?? null,
    sport: numberOf(fields.get('SPT')),
    dport: numberOf(fields.get('DPT')),
    seq: numberOf(fields.get('SEQ')),
    ack: numberOf(fields.get('ACK')),
    icmpType: numberOf(fields.get('TYPE')),
    icmpCode: numberOf(fields.get('CODE')),
  };
}

function numberOf(text: string | undefined): number | null {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isNaN(value) ? null : value;
}

/** nf_log writes all eight groups with their zeros; the short form is what everything else prints (RFC 5952). */
export function shortIpv6(address: string): string {
  if (!/^[0-9a-f]{4}(?::[0-9a-f]{4}){7}$/i.test(address)) return address;
  const text = address
    .split(':')
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':');
  const runs = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map(found => found[0]);
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return text;
  const at = text.indexOf(longest);
  return `${text.slice(0, at)}::${text.slice(at + longest.length).replace(/^:/, '')}`;
}
