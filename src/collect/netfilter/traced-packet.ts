import type { TracedPacket } from '../../events/index.ts';

const FLAG_BITS: Readonly<Record<string, number>> = {
  fin: 1,
  syn: 2,
  rst: 4,
  psh: 8,
  ack: 16,
  urg: 32,
  ecn: 64,
  cwr: 128,
};

/** Codes of "destination unreachable": nft 1.1 prints their numbers, 1.0 these names. */
const UNREACHABLE_CODES: Readonly<Record<'icmp' | 'icmpv6', Readonly<Record<string, string>>>> = {
  icmp: {
    0: 'net-unreachable',
    1: 'host-unreachable',
    2: 'prot-unreachable',
    3: 'port-unreachable',
    4: 'frag-needed',
    9: 'net-prohibited',
    10: 'host-prohibited',
    13: 'admin-prohibited',
  },
  icmpv6: {
    0: 'no-route',
    1: 'admin-prohibited',
    3: 'addr-unreachable',
    4: 'port-unreachable',
    5: 'policy-fail',
    6: 'reject-route',
  },
};

/**
 * The packet as nft prints it: `iif "v1" ether saddr … ip saddr 10.0.0.1 … tcp flags == 0x14 tcp window 0`. Words
 * come as "protocol field value"; what is not known is passed over.
 */
export function parseTracedPacket(text: string): TracedPacket {
  const words = fieldsOf(text);
  const network = words.has('ip saddr') ? 'ip' : 'ip6';
  const seen = words.has('ip saddr') || words.has('ip6 saddr');
  const icmp = words.has('icmpv6 type') ? 'icmpv6' : 'icmp';
  const transport = ['tcp', 'udp', 'sctp', 'udplite', 'dccp', 'th'].find(name => words.has(`${name} dport`));
  return {
    family: seen ? (network === 'ip' ? 'ipv4' : 'ipv6') : 'other',
    protocol: words.get('ip protocol') ?? protocolOfIpv6(words, transport) ?? null,
    src: words.get(`${network} saddr`) ?? null,
    dst: words.get(`${network} daddr`) ?? null,
    sport: numberOf(words.get(`${transport} sport`)),
    dport: numberOf(words.get(`${transport} dport`)),
    iif: words.get('iif') ?? null,
    oif: words.get('oif') ?? null,
    macSrc: words.get('ether saddr') ?? null,
    macDst: words.get('ether daddr') ?? null,
    ttl: numberOf(words.get('ip ttl') ?? words.get('ip6 hoplimit')),
    id: numberOf(words.get('ip id')),
    length: numberOf(words.get(`${network} length`)),
    tcpFlags: flagsOf(words.get('tcp flags')),
    icmpType: words.get(`${icmp} type`) ?? null,
    icmpCode: codeOf(icmp, words) ?? null,
    mark: numberOf(words.get('meta mark')),
  };
}

function codeOf(icmp: 'icmp' | 'icmpv6', words: ReadonlyMap<string, string>): string | undefined {
  const code = words.get(`${icmp} code`);
  const isNamed = words.get(`${icmp} type`) === 'destination-unreachable' && code !== undefined;
  return isNamed ? (UNREACHABLE_CODES[icmp][code] ?? code) : code;
}

/** The next header is an extension's where there is one: the transport header's own name says more. */
function protocolOfIpv6(
  words: ReadonlyMap<string, string>,
  transport: string | undefined,
): string | undefined {
  if (transport !== undefined && transport !== 'th') return transport;
  return words.has('icmpv6 type') ? 'ipv6-icmp' : words.get('ip6 nexthdr');
}

const HEADERS: ReadonlySet<string> = new Set(
  'ether vlan arp ip ip6 icmp icmpv6 tcp udp udplite sctp dccp th ah esp comp meta ct igmp'.split(' '),
);

/** "tcp dport" → "80". Interfaces stand alone. */
function fieldsOf(text: string): Map<string, string> {
  const words = text.match(/"[^"]*"|\S+/g) ?? [];
  const fields = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === 'iif' || word === 'oif') fields.set(word, unquoted(words[++at] ?? ''));
    else if (HEADERS.has(word)) {
      const value = words[at + 2] === '==' ? words[at + 3] : words[at + 2];
      if (value !== undefined) fields.set(`${word} ${words[at + 1]}`, unquoted(value));
      at += words[at + 2] === '==' ? 3 : 2;
    }
  }
  return fields;
}

function unquoted(word: string): string {
  return word.replace(/^"|"$/g, '');
}

function numberOf(word: string | undefined): number | null {
  const value = word === undefined ? Number.NaN : Number(word);
  return Number.isNaN(value) ? null : value;
}

/** "syn", "syn,ack", "syn | ack" or a number. */
function flagsOf(word: string | undefined): number | null {
  if (word === undefined) return null;
  const number = numberOf(word);
  return number ?? word.split(/[,|]/).reduce((bits, name) => bits | (FLAG_BITS[name.trim()] ?? 0), 0);
}
