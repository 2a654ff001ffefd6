import type { FactSpec } from './spec.ts';

type Counter<Prefix extends string, Name extends string> = `${Prefix}.${Name}.delta`;

/** Columns of /proc/net/snmp and snmp6, protocol and column joined as nstat(8) does. */
const SNMP = [
  'IpInHdrErrors',
  'IpInAddrErrors',
  'IpInUnknownProtos',
  'IpInDiscards',
  'IpOutDiscards',
  'IpOutNoRoutes',
  'IpReasmTimeout',
  'IpReasmFails',
  'IpFragFails',
  'IcmpInCsumErrors',
  'IcmpOutDestUnreachs',
  'IcmpOutTimeExcds',
  'TcpInCsumErrors',
  'TcpOutRsts',
  'TcpRetransSegs',
  'UdpNoPorts',
  'UdpInCsumErrors',
  'UdpRcvbufErrors',
  'Ip6InHdrErrors',
  'Ip6InTooBigErrors',
  'Ip6InNoRoutes',
  'Ip6InAddrErrors',
  'Ip6InUnknownProtos',
  'Ip6InDiscards',
  'Ip6OutDiscards',
  'Ip6OutNoRoutes',
  'Ip6ReasmTimeout',
  'Ip6ReasmFails',
  'Ip6FragFails',
  'Icmp6InCsumErrors',
  'Icmp6OutDestUnreachs',
  'Icmp6OutPktTooBigs',
  'Icmp6OutTimeExcds',
  'Icmp6OutParmProblems',
  'Udp6NoPorts',
  'Udp6InCsumErrors',
  'Udp6RcvbufErrors',
] as const;

/** Columns of /proc/net/netstat, TcpExt and IpExt, without their prefix. */
const NETSTAT = [
  'ListenOverflows',
  'ListenDrops',
  'IPReversePathFilter',
  'InNoRoutes',
  'TCPAbortOnClose',
  'TCPAbortOnData',
  'TCPAbortOnLinger',
  'TCPAbortOnTimeout',
  'TCPAbortOnMemory',
  'TCPBacklogDrop',
  'TCPChallengeACK',
  'TCPSYNChallenge',
  'TCPLostRetransmit',
  'TCPSynRetrans',
  'TCPTimeouts',
  'TCPReqQFullDrop',
  'TCPReqQFullDoCookies',
  'TCPToZeroWindowAdv',
  'TCPFromZeroWindowAdv',
  'TCPWantZeroWindowAdv',
  'TCPZeroWindowDrop',
  'TCPWinProbe',
  'TCPRcvQDrop',
  'PruneCalled',
  'BeyondWindow',
  'DelayedACKLost',
  'PAWSEstab',
  'PAWSTimewait',
] as const;

/** Columns of /proc/net/stat/nf_conntrack: the sum over the CPUs of how far each moved. */
const CONNTRACK = [
  'drop',
  'early_drop',
  'insert_failed',
  'invalid',
  'found',
  'clashres',
  'chainlength',
] as const;

/** Columns of /proc/net/stat/rt_cache. */
const RT_CACHE = ['in_martian_src', 'in_martian_dst', 'in_no_route'] as const;

type Table<Prefix extends string, Name extends string> = Readonly<Record<Counter<Prefix, Name>, FactSpec>>;

function deltas<const Prefix extends string, const Name extends string>(
  prefix: Prefix,
  names: readonly Name[],
  from: FactSpec['from'],
  where: string,
): Table<Prefix, Name> {
  const rows = names.map(name => [
    `${prefix}.${name}.delta`,
    { type: 'number', unit: 'packets', about: 'netns', from, what: `${name} in ${where} moved by` },
  ]);
  return Object.fromEntries(rows) as Table<Prefix, Name>;
}

export const SNMP_FACTS: Table<'snmp', (typeof SNMP)[number]> = deltas(
  'snmp',
  SNMP,
  'counters',
  '/proc/net/snmp and snmp6',
);
export const NETSTAT_FACTS: Table<'netstat', (typeof NETSTAT)[number]> = deltas(
  'netstat',
  NETSTAT,
  'counters',
  '/proc/net/netstat',
);
export const CONNTRACK_FACTS: Table<'ct', (typeof CONNTRACK)[number]> = deltas(
  'ct',
  CONNTRACK,
  'conntrack',
  '/proc/net/stat/nf_conntrack',
);
export const RT_CACHE_FACTS: Table<'rtcache', (typeof RT_CACHE)[number]> = deltas(
  'rtcache',
  RT_CACHE,
  'counters',
  '/proc/net/stat/rt_cache',
);
