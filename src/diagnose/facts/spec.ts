/** What a fact is about; decides the keys of its About: {incident}, {netns}, {netns, ifname}, {}. */
export type Subject = 'incident' | 'netns' | 'interface' | 'machine';

export type ValueType = 'string' | 'number' | 'boolean' | 'list';

/** Who brings a fact. `incident`: the judge reads it off the incident, no collector brings it. */
export type Collector =
  | 'incident'
  | 'events'
  | 'conntrack'
  | 'netfilter'
  | 'counters'
  | 'sysctls'
  | 'routes'
  | 'sockets'
  | 'neighbours'
  | 'links'
  | 'programs'
  | 'log';

export interface FactSpec {
  readonly type: ValueType;
  readonly unit?: string;
  readonly about: Subject;
  readonly from: Collector;
  /** What it is, in words that an evidence line can show. */
  readonly what: string;
}

/** The keys that About must have, by subject. */
export const ABOUT_KEYS: Readonly<Record<Subject, readonly ('incident' | 'netns' | 'ifname')[]>> = {
  incident: ['incident'],
  netns: ['netns'],
  interface: ['netns', 'ifname'],
  machine: [],
};

/** What each collector must have to work. */
export const NEEDS: Readonly<Record<Collector, string>> = {
  incident: 'nothing: part of the event',
  events: 'eBPF tracepoints; where a tracepoint is missing on a kernel, a kprobe',
  conntrack: 'nf_conntrack loaded, /proc/net/stat/nf_conntrack; entries: conntrack(8) and CAP_NET_ADMIN',
  netfilter: 'nft(8) and CAP_NET_ADMIN for nft trace; legacy iptables: --allow-changes or counters only',
  counters: '/proc/net/snmp, snmp6, netstat, softnet_stat of the namespace; ip(8), tc(8), ethtool(8)',
  sysctls: '/proc/sys/net of the namespace',
  routes: 'ip(8) in the namespace',
  sockets: 'ss(8) in the namespace',
  neighbours: 'ip(8) in the namespace',
  links: 'ip(8) in the namespace',
  programs: 'bpftool(8) or bpf(2) queries, tc(8), ss(8) -b',
  log: '/dev/kmsg',
};

/** How the tables are written: about, from, type, what, unit. */
export type FactRow = readonly [
  about: Subject,
  from: Collector,
  type: ValueType,
  what: string,
  unit?: string,
];

export function specOf([about, from, type, what, unit]: FactRow): FactSpec {
  return unit === undefined ? { type, about, from, what } : { type, unit, about, from, what };
}
