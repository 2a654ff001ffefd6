import { type LoggedPacket, packetStart, parseLoggedPacket } from './logged-packet.ts';

/** What a line of the kernel log means to a network; lines about other things are none. */
export type LogEvent =
  /** `netns`: inode, where the kernel says it (from about 6.15 on); null for the first namespace or older kernels. */
  | { readonly kind: 'table-full'; readonly netns: number | null }
  | { readonly kind: 'expectation-table-full' }
  | { readonly kind: 'martian'; readonly src: string; readonly dst: string; readonly dev: string }
  | {
      readonly kind: 'invalid';
      readonly protocol: number;
      readonly why: string;
      readonly packet: LoggedPacket;
    }
  | {
      readonly kind: 'trace';
      readonly table: string;
      readonly chain: string;
      readonly what: 'rule' | 'return' | 'policy';
      readonly number: number;
      readonly packet: LoggedPacket;
    }
  | { readonly kind: 'log'; readonly prefix: string; readonly packet: LoggedPacket }
  | { readonly kind: 'syn-flood'; readonly port: number; readonly action: string }
  | { readonly kind: 'neighbour-overflow'; readonly table: string }
  | { readonly kind: 'memory'; readonly what: string }
  /** So many lines were held back by the kernel's rate limit: absence of others proves nothing. */
  | { readonly kind: 'suppressed'; readonly count: number };

type Groups = readonly (string | undefined)[];
interface Row {
  readonly form: RegExp;
  readonly event: (groups: Groups, text: string) => LogEvent;
}

const PACKET_LINE = '(.*)';

/** Tried in order; the words are those of 3.x to 7.x kernels. */
const ROWS: readonly Row[] = [
  {
    form: /conntrack: table full(?: in netns (\d+))?, dropping packet/,
    event: ([, netns]) => ({ kind: 'table-full', netns: netns === undefined ? null : Number(netns) }),
  },
  { form: /nf_conntrack: expectation table full/, event: () => ({ kind: 'expectation-table-full' }) },
  {
    form: /martian source (\S+) from (\S+), on dev (\S+)/,
    event: ([, dst = '', src = '', dev = '']) => ({ kind: 'martian', src, dst, dev }),
  },
  {
    form: /martian (?:source|destination) \(src=([^,]+), dst=([^,]+), dev=([^)]+)\)/,
    event: ([, src = '', dst = '', dev = '']) => ({ kind: 'martian', src, dst, dev }),
  },
  {
    form: /martian destination (\S+) from (\S+), dev (\S+)/,
    event: ([, dst = '', src = '', dev = '']) => ({ kind: 'martian', src, dst, dev }),
  },
  {
    form: /Possible SYN flooding on port (?:\S*[:.])?(\d+)\. (\w[\w ]*)/,
    event: ([, port, action = '']) => ({ kind: 'syn-flood', port: Number(port), action }),
  },
  {
    form: /neighbour: (\w+): neighbor table overflow|Neighbour table overflow/,
    event: ([, table]) => ({ kind: 'neighbour-overflow', table: table ?? 'arp_cache' }),
  },
  {
    form: /(?:TCP: )?(out of memory -- consider tuning tcp_mem|too many orphaned sockets)/,
    event: ([, what = '']) => ({ kind: 'memory', what }),
  },
  {
    form: /(?:net_ratelimit|\w+): (\d+) callbacks suppressed/,
    event: ([, count]) => ({ kind: 'suppressed', count: Number(count) }),
  },
  {
    form: new RegExp(`^TRACE: ([^:]+):([^:]+):(rule|return|policy):(\\d+) ${PACKET_LINE}`),
    event: ([, table = '', chain = '', what, number], text) => ({
      kind: 'trace',
      ...{ table, chain, what: what as 'rule', number: Number(number), packet: packetIn(text) },
    }),
  },
  {
    form: /^nf_ct_proto_(\d+): (.*?) ?IN=/,
    event: ([, protocol, why = ''], text) => ({
      ...{ kind: 'invalid', protocol: Number(protocol), why, packet: packetIn(text) },
    }),
  },
  {
    form: /^nf_ct_(\w+): (.*?) ?IN=/,
    event: ([, name = '', why = ''], text) => ({
      ...{ kind: 'invalid', protocol: PROTOCOLS[name] ?? 0, why, packet: packetIn(text) },
    }),
  },
];

/** Kernels up to 5.x wrote names: "nf_ct_tcp: invalid packet ignored". */
const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  icmpv6: 58,
  dccp: 33,
  sctp: 132,
};

/** undefined for lines that say nothing about packets. */
export function logEventOf(text: string): LogEvent | undefined {
  for (const { form, event } of ROWS) {
    const found = form.exec(text);
    if (found !== null) return event(found, text);
  }
  const at = packetStart(text);
  if (at < 0) return undefined;
  return { kind: 'log', prefix: text.slice(0, at).trimEnd(), packet: parseLoggedPacket(text.slice(at)) };
}

function packetIn(text: string): LoggedPacket {
  return parseLoggedPacket(text.slice(Math.max(0, packetStart(text))));
}
