/** A message's name, and names of its codes where they say more. */
interface IcmpRow {
  readonly name: string;
  readonly codes?: Readonly<Record<number, string>>;
}

/** IANA "ICMP Parameters"; include/uapi/linux/icmp.h. */
export const ICMP_TYPES: Readonly<Record<number, IcmpRow>> = {
  0: { name: 'echo-reply' },
  3: {
    name: 'unreachable',
    codes: {
      0: 'net-unreachable',
      1: 'host-unreachable',
      2: 'protocol-unreachable',
      3: 'port-unreachable',
      4: 'fragmentation-needed',
      5: 'source-route-failed',
      6: 'net-unknown',
      7: 'host-unknown',
      9: 'net-prohibited',
      10: 'host-prohibited',
      11: 'net-unreachable-for-tos',
      12: 'host-unreachable-for-tos',
      13: 'admin-prohibited',
    },
  },
  4: { name: 'source-quench' },
  5: { name: 'redirect' },
  8: { name: 'echo-request' },
  9: { name: 'router-advertisement' },
  10: { name: 'router-solicitation' },
  11: { name: 'time-exceeded', codes: { 0: 'ttl-exceeded', 1: 'reassembly-timeout' } },
  12: { name: 'parameter-problem' },
  13: { name: 'timestamp-request' },
  14: { name: 'timestamp-reply' },
  42: { name: 'extended-echo-request' },
  43: { name: 'extended-echo-reply' },
};

/** IANA "ICMPv6 Parameters"; include/uapi/linux/icmpv6.h. */
export const ICMPV6_TYPES: Readonly<Record<number, IcmpRow>> = {
  1: {
    name: 'unreachable',
    codes: {
      0: 'no-route',
      1: 'admin-prohibited',
      2: 'beyond-scope',
      3: 'address-unreachable',
      4: 'port-unreachable',
      5: 'source-policy',
      6: 'reject-route',
    },
  },
  2: { name: 'packet-too-big' },
  3: { name: 'time-exceeded', codes: { 0: 'hop-limit-exceeded', 1: 'reassembly-timeout' } },
  4: { name: 'parameter-problem', codes: { 1: 'unknown-next-header', 2: 'unknown-option' } },
  128: { name: 'echo-request' },
  129: { name: 'echo-reply' },
  130: { name: 'mld-query' },
  131: { name: 'mld-report' },
  132: { name: 'mld-done' },
  133: { name: 'router-solicitation' },
  134: { name: 'router-advertisement' },
  135: { name: 'neighbor-solicitation' },
  136: { name: 'neighbor-advertisement' },
  137: { name: 'redirect' },
  143: { name: 'mldv2-report' },
};

/** "port-unreachable", "echo-request", "type-77". */
export function icmpName(types: Readonly<Record<number, IcmpRow>>, type: number, code: number): string {
  const row = types[type];
  if (!row) return `type-${type}`;
  return row.codes?.[code] ?? row.name;
}
