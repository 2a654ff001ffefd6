import type { Cause } from './cause.ts';
import type { Condition } from './condition.ts';
import { counted, dropped, IPV4, IPV6, moved, resetFor, resetUnnamed, TCP } from './forms.ts';

const PORTS: Condition = { fact: 'packet.protocol', oneOf: ['tcp', 'udp'] };
const NOTRACK_RISK =
  'Untracked packets are not translated (no NAT, no DNAT service) and rules with ESTABLISHED do not match them: accept UNTRACKED.';

const notrack = (command: string, family: Condition): Cause['fix'][number][] =>
  (['PREROUTING', 'OUTPUT'] as const).flatMap(chain =>
    (['dport', 'sport'] as const).map(port => ({
      run: `${command} -t raw -I ${chain} -p {packet.protocol} --${port} {packet.dport} -j CT --notrack`,
      when: [family, PORTS, { fact: 'packet.sport', atLeastShare: 1, of: 'packet.dport' }],
      changes: `packets of port {packet.dport} skip connection tracking in ${chain} (iptables)`,
      risk: NOTRACK_RISK,
    })),
  );

export const conntrackTableFull: Cause = {
  id: 'conntrack-table-full',
  title: 'The connection tracking table is full',
  when: [
    { any: [dropped('NETFILTER_DROP'), counted('ct.drop.delta')] },
    { any: [moved('ct.drop.delta'), { fact: 'log.table_full', exists: true }] },
    {
      any: [
        { fact: 'ct.count', atLeastShare: 0.95, of: 'ct.max' },
        { fact: 'log.table_full', exists: true },
        moved('ct.early_drop.delta'),
      ],
    },
    { fact: 'ct.drop.delta', differsFrom: 'ct.insert_failed.delta' },
  ],
  sure: 'likely',
  sureIf: [
    {
      sure: 'certain',
      all: [counted('ct.drop.delta'), { fact: 'ct.count', atLeastShare: 0.95, of: 'ct.max' }],
    },
    {
      sure: 'certain',
      all: [
        { fact: 'ct.drop.cpu', is: true },
        { fact: 'ct.count', atLeastShare: 0.95, of: 'ct.max' },
      ],
    },
    {
      sure: 'certain',
      all: [
        { fact: 'nft.rule.text', exists: false },
        { fact: 'nft.policy', exists: false },
        { fact: 'ipt.rule', exists: false },
        { fact: 'ct.count', atLeastShare: 0.95, of: 'ct.max' },
      ],
    },
  ],
  says: [
    'The connection table of this namespace holds {ct.count} of {ct.max} entries and {ct.drop.delta} packets found no room: new connections are dropped, those that exist go on.',
    'Connection tracking dropped {ct.drop.delta} packets because its table is full: new connections fail, those that exist go on.',
    'The kernel says that the connection table is full: new connections are dropped.',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'ct.insert_failed.delta',
    'ct.early_drop.delta',
    'ct.top.source',
    'ct.top.entries',
    'ct.buckets',
  ],
  fix: [
    {
      run: 'sysctl -w net.netfilter.nf_conntrack_max={ct.max|double}',
      where: 'host',
      changes: 'twice the entries for every namespace',
      risk: 'About 320 bytes of kernel memory for each entry in use.',
      hostWide: true,
    },
    {
      run: 'sysctl -w net.netfilter.nf_conntrack_buckets={ct.max|double}',
      where: 'host',
      changes: 'as many buckets as entries, so that lookups stay short',
      risk: '8 bytes each, at once; the table is rehashed while it works.',
      hostWide: true,
    },
    {
      run: 'conntrack -D -s {ct.top.source}',
      changes: 'forgets the entries of the largest source, {ct.top.source}: about {ct.top.entries}',
      risk: 'Its connections lose their translation (NAT) and may break.',
    },
    {
      run: 'sysctl -w net.netfilter.nf_conntrack_tcp_timeout_established=86400',
      changes: 'idle TCP connections are forgotten after a day, not after five',
      risk: 'Connections idle for longer need keepalives.',
    },
    ...notrack('iptables', IPV4),
    ...notrack('ip6tables', IPV6),
    {
      run: "nft 'add table inet skiptrack; add chain inet skiptrack pre { type filter hook prerouting priority raw; }; add chain inet skiptrack out { type filter hook output priority raw; }; add rule inet skiptrack pre {packet.protocol} dport {packet.dport} notrack; add rule inet skiptrack pre {packet.protocol} sport {packet.dport} notrack; add rule inet skiptrack out {packet.protocol} dport {packet.dport} notrack; add rule inet skiptrack out {packet.protocol} sport {packet.dport} notrack'",
      when: [PORTS, { fact: 'packet.sport', atLeastShare: 1, of: 'packet.dport' }],
      changes: 'packets of port {packet.dport} skip connection tracking, IPv4 and IPv6 (nftables)',
      risk: NOTRACK_RISK,
    },
  ],
  check: [
    { run: 'sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max' },
    { run: 'conntrack -S' },
  ],
  settles: [
    'Compare nf_conntrack_count with nf_conntrack_max in this namespace, and watch the drop column of conntrack -S while packets are dropped.',
  ],
  see: ['net/netfilter/nf_conntrack_core.c', 'Documentation/networking/nf_conntrack-sysctl.rst'],
};

export const snatPortsExhausted: Cause = {
  id: 'snat-ports-exhausted',
  title: 'Source NAT has no free port left for this destination',
  when: [
    { any: [dropped('NETFILTER_DROP'), counted('ct.drop.delta')] },
    moved('ct.insert_failed.delta'),
    moved('ct.found.delta'),
    { fact: 'nat.snat.rule', exists: true },
  ],
  sure: 'likely',
  sureIf: [
    {
      sure: 'certain',
      all: [
        moved('ct.drop.delta'),
        { fact: 'ct.found.delta', atLeastShare: 1, of: 'ct.insert_failed.delta' },
      ],
    },
  ],
  says: [
    'NAT met a port already taken {ct.found.delta} times and {ct.insert_failed.delta} connections could not be entered: the ports of "{nat.snat.rule}" are used up for this destination.',
  ],
  rule: ['{nat.snat.rule}'],
  shows: ['drop.function', 'ct.drop.delta', 'packet.flow'],
  fix: [
    {
      run: 'conntrack -D -p tcp --state TIME_WAIT',
      changes: 'forgets closed connections, which frees their ports at once',
      risk: 'A late segment of one of them is taken for a new connection.',
    },
    {
      run: 'nft replace rule {nat.snat.family} {nat.snat.table} {nat.snat.chain} handle {nat.snat.handle} {nat.snat.wide}',
      changes: 'the rule may use all ports, not only its range',
      risk: 'Something beyond may expect the range.',
    },
    {
      run: 'sysctl -w net.netfilter.nf_conntrack_tcp_timeout_time_wait=20',
      changes: 'ports of closed connections are free after 20 s, not 120 s',
      risk: 'Late segments of old connections may reach new ones.',
    },
    {
      run: 'give the rule more source addresses, let it choose ports by random-fully, reuse connections, or spread over more destination addresses',
      advice: true,
      changes: 'each source address and each destination brings its own set of ports',
    },
  ],
  check: [{ run: 'conntrack -S' }, { run: 'conntrack -C' }],
  settles: [
    'conntrack -S: insert_failed and found rise together while packets are dropped; nft list ruleset or iptables-save -t nat: is there a snat or masquerade rule for this traffic?',
  ],
  see: ['net/netfilter/nf_nat_core.c', 'net/netfilter/nf_conntrack_core.c'],
};

/** An answer to what is not a connection attempt, from a host that knows nothing of the connection. */
const STRAY: Condition = {
  any: [
    resetFor('NO_SOCKET', 'TCP_FLAGS'),
    resetUnnamed({ fact: 'tcp.state', oneOf: ['NONE', 'LISTEN'] }),
    { all: [dropped('NO_SOCKET', 'TCP_FLAGS'), TCP] },
  ],
};

export const conntrackInvalidReset: Cause = {
  id: 'conntrack-invalid-reset',
  title: 'A segment that conntrack called INVALID escaped NAT, and a host answered it with a reset',
  when: [
    STRAY,
    { fact: 'tcp.flags', lacks: '^S[^A]*$|R' },
    { fact: 'ct.invalid.delta', atLeast: 1, anywhere: true },
  ],
  sure: 'likely',
  sureIf: [
    { sure: 'certain', all: [{ fact: 'ct.untranslated', is: true }] },
    {
      sure: 'certain',
      all: [
        { fact: 'log.invalid', exists: true },
        { fact: 'nat.snat.rule', exists: true, anywhere: true },
      ],
    },
  ],
  explains: ['tcp-no-listener', 'out-of-window'],
  says: [
    'Conntrack called {ct.invalid.delta} packets invalid and left them untranslated; the segment {packet.flow} reached a host that knows no such connection, and its reset breaks the healthy one.',
  ],
  shows: ['reset.reason', 'drop.reason', 'tcp.flags', 'sysctl.tcp_be_liberal'],
  fix: [
    {
      run: 'sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1',
      where: { of: 'ct.invalid.delta' },
      changes: 'segments outside the window count as part of their connection and are translated',
      risk: 'Segments with forged sequence numbers pass the tracker; the end hosts still check them.',
    },
    {
      run: 'iptables -I FORWARD -m conntrack --ctstate INVALID -j DROP',
      where: { of: 'ct.invalid.delta' },
      when: [IPV4],
      changes: 'INVALID packets are dropped, so that TCP sends them again instead of being reset (iptables)',
      risk: 'Traffic that only one direction of passes here stops.',
    },
    {
      run: 'ip6tables -I FORWARD -m conntrack --ctstate INVALID -j DROP',
      where: { of: 'ct.invalid.delta' },
      when: [IPV6],
      changes: 'INVALID packets are dropped, so that TCP sends them again instead of being reset (ip6tables)',
      risk: 'Traffic that only one direction of passes here stops.',
    },
  ],
  check: [
    { run: 'conntrack -S', where: { of: 'ct.invalid.delta' } },
    { run: 'nstat -az TcpOutRsts TcpEstabResets' },
  ],
  settles: [
    'sysctl -w net.netfilter.nf_conntrack_log_invalid=6 where NAT happens, then look in dmesg for this flow; or compare the addresses of the answered segment with the translated ones in conntrack -L.',
  ],
  see: ['net/netfilter/nf_conntrack_proto_tcp.c', 'Documentation/networking/nf_conntrack-sysctl.rst'],
};

const INVALID_NFT: Condition = { fact: 'nft.rule.text', matches: '\\bct\\s+state\\b[^;]*\\binvalid\\b' };
const INVALID_IPT: Condition = { fact: 'ipt.rule', matches: '--(?:ct)?state\\s+\\S*INVALID' };

export const conntrackInvalidDropped: Cause = {
  id: 'conntrack-invalid-dropped',
  title: 'A firewall rule dropped packets that conntrack called INVALID',
  when: [
    dropped('NETFILTER_DROP'),
    {
      any: [
        INVALID_NFT,
        INVALID_IPT,
        { all: [moved('ct.invalid.delta'), { fact: 'nft.invalid.rule', exists: true }] },
      ],
    },
  ],
  sure: 'likely',
  sureIf: [{ sure: 'certain', all: [{ any: [INVALID_NFT, INVALID_IPT] }] }],
  says: [
    'The rule "{nft.rule.text}" in {nft.rule.table} {nft.rule.chain} dropped it: conntrack does not see it as part of a connection.',
    'The rule "{ipt.rule}" in table {ipt.table} dropped it: conntrack does not see it as part of a connection.',
    'Conntrack called {ct.invalid.delta} packets invalid, and this namespace drops such packets ("{nft.invalid.rule}").',
  ],
  rule: [
    '{nft.rule.family} {nft.rule.table} {nft.rule.chain}: {nft.rule.text}',
    '{ipt.table}: {ipt.rule}',
    '{nft.invalid.rule}',
  ],
  shows: ['ct.invalid.delta', 'tcp.flags', 'log.invalid', 'sysctl.log_invalid', 'sysctl.tcp_be_liberal'],
  fix: [
    {
      run: 'sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1',
      when: [TCP],
      changes: 'TCP segments outside the window count as part of their connection',
      risk: 'Segments with forged sequence numbers pass the tracker; the end hosts still check them.',
    },
    {
      run: 'nft insert rule {nft.rule.family} {nft.rule.table} {nft.rule.chain} position {nft.rule.handle} {packet.match.nft|words} accept',
      changes: 'packets of this service pass before the rule',
      risk: 'Also those that belong to no connection.',
    },
    {
      run: '{ipt.command} -t {ipt.table} -I {ipt.chain} {packet.match.ipt|words} -j ACCEPT',
      changes: 'packets of this service pass before the rule',
      risk: 'Also those that belong to no connection.',
    },
    {
      run: 'find why conntrack sees only one direction or a hole in the sequence: two paths, lost segments, an entry that expired or was flushed',
      advice: true,
      changes: 'the root of it',
    },
  ],
  check: [{ run: 'conntrack -S' }],
  settles: [
    'Trace the packets through the rules (netwhy rules), and watch the invalid column of conntrack -S.',
  ],
  see: ['net/netfilter/nf_conntrack_proto_tcp.c', 'man 8 nft', 'man 8 iptables-extensions'],
};
