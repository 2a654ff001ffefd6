import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Btf } from '../btf/index.ts';
import * as abi from './index.ts';

// Hand-written tables against the kernel's own names: enumerators from BTF, macros from the headers in
// /usr/include, where they are installed.

interface Row {
  readonly name: string;
  readonly headers: readonly string[];
  readonly table: Readonly<Record<string, number>>;
  readonly kernelNames: Readonly<Record<string, string>>;
}

function row<T extends Readonly<Record<string, number>>>(
  name: string,
  headers: readonly string[],
  table: T,
  kernelNames: Readonly<Record<keyof T & string, string>>,
): Row {
  return { name, headers, table, kernelNames };
}

/** For tables whose names differ from the kernel's by case and prefix only; `others` are those that do not. */
function prefixed<T extends Readonly<Record<string, number>>>(
  table: T,
  prefix: string,
  others: Partial<Record<keyof T & string, string>> = {},
): Record<keyof T & string, string> {
  const names = Object.keys(table) as (keyof T & string)[];
  const spelled = (name: string): string => name.replace(/[A-Z]/g, c => `_${c}`).toUpperCase();
  return Object.fromEntries(names.map(name => [name, others[name] ?? prefix + spelled(name)])) as Record<
    keyof T & string,
    string
  >;
}

const BPF = ['linux/bpf.h'];
const NETFILTER = ['linux/netfilter.h'];

const ROWS: readonly Row[] = [
  row('MAP_FLAGS', BPF, abi.MAP_FLAGS, {
    ...prefixed(abi.MAP_FLAGS, 'BPF_F_'),
    readOnlyUser: 'BPF_F_RDONLY',
    writeOnlyUser: 'BPF_F_WRONLY',
    readOnlyProgram: 'BPF_F_RDONLY_PROG',
    writeOnlyProgram: 'BPF_F_WRONLY_PROG',
  }),
  row('UPDATE_FLAGS', BPF, abi.UPDATE_FLAGS, { any: 'BPF_ANY', noExist: 'BPF_NOEXIST', exist: 'BPF_EXIST' }),
  row('RING_FLAGS', BPF, abi.RING_FLAGS, prefixed(abi.RING_FLAGS, 'BPF_RB_')),
  row('RING_QUERY', BPF, abi.RING_QUERY, {
    availableData: 'BPF_RB_AVAIL_DATA',
    ringSize: 'BPF_RB_RING_SIZE',
    consumerPosition: 'BPF_RB_CONS_POS',
    producerPosition: 'BPF_RB_PROD_POS',
  }),
  row('STACK_FLAGS', BPF, abi.STACK_FLAGS, {
    skipMask: 'BPF_F_SKIP_FIELD_MASK',
    user: 'BPF_F_USER_STACK',
    fastCompare: 'BPF_F_FAST_STACK_CMP',
    reuse: 'BPF_F_REUSE_STACKID',
    userBuildId: 'BPF_F_USER_BUILD_ID',
  }),
  row('CURRENT_CPU', BPF, { currentCpu: abi.CURRENT_CPU }, { currentCpu: 'BPF_F_CURRENT_CPU' }),
  row('REDIRECT_FLAGS', BPF, abi.REDIRECT_FLAGS, prefixed(abi.REDIRECT_FLAGS, 'BPF_F_')),
  row('PROGRAM_FLAGS', BPF, abi.PROGRAM_FLAGS, prefixed(abi.PROGRAM_FLAGS, 'BPF_F_')),
  row(
    'KPROBE_MULTI_FLAGS',
    BPF,
    abi.KPROBE_MULTI_FLAGS,
    prefixed(abi.KPROBE_MULTI_FLAGS, 'BPF_F_KPROBE_MULTI_'),
  ),
  row('PERF_TYPES', ['linux/perf_event.h'], abi.PERF_TYPES, prefixed(abi.PERF_TYPES, 'PERF_TYPE_')),
  row('PERF_FLAGS', ['linux/perf_event.h'], abi.PERF_FLAGS, prefixed(abi.PERF_FLAGS, 'PERF_FLAG_')),
  row('PERF_IOCTLS', ['linux/perf_event.h'], abi.PERF_IOCTLS, prefixed(abi.PERF_IOCTLS, 'PERF_EVENT_IOC_')),
  row(
    'IP_PROTOCOLS',
    ['linux/in.h', 'linux/in6.h'],
    abi.IP_PROTOCOLS,
    prefixed(abi.IP_PROTOCOLS, 'IPPROTO_'),
  ),
  row('ETHERTYPES', ['linux/if_ether.h'], abi.ETHERTYPES, {
    ...prefixed(abi.ETHERTYPES, 'ETH_P_'),
    ipv4: 'ETH_P_IP',
    transparentBridging: 'ETH_P_TEB',
    vlan: 'ETH_P_8021Q',
    pppoeDiscovery: 'ETH_P_PPP_DISC',
    pppoeSession: 'ETH_P_PPP_SES',
    mpls: 'ETH_P_MPLS_UC',
    eapol: 'ETH_P_PAE',
    vlanService: 'ETH_P_8021AD',
    ptp: 'ETH_P_1588',
  }),
  row('NETLINK', ['linux/netlink.h'], abi.NETLINK, prefixed(abi.NETLINK, 'NETLINK_')),
  row('LINK_TYPES', ['linux/if_arp.h'], abi.LINK_TYPES, prefixed(abi.LINK_TYPES, 'ARPHRD_')),
  row('PACKET_TYPES', ['linux/if_packet.h'], abi.PACKET_TYPES, {
    ...prefixed(abi.PACKET_TYPES, 'PACKET_'),
    otherHost: 'PACKET_OTHERHOST',
  }),
  row('NETFILTER_VERDICTS', NETFILTER, abi.NETFILTER_VERDICTS, prefixed(abi.NETFILTER_VERDICTS, 'NF_')),
  row('NETFILTER_HOOKS', NETFILTER, abi.NETFILTER_HOOKS, prefixed(abi.NETFILTER_HOOKS, 'NF_INET_')),
  row('NETFILTER_FAMILIES', NETFILTER, abi.NETFILTER_FAMILIES, prefixed(abi.NETFILTER_FAMILIES, 'NFPROTO_')),
];

const btf = Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'));
const enumerators = enumeratorsOf(btf);

function enumeratorsOf(types: Btf): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const type of types.types())
    if ('values' in type) for (const { name, value } of type.values) all.set(name, Number(value));
  return all;
}

const isInstalled = (header: string): boolean => existsSync(`/usr/include/${header}`);

function macrosOf(header: string): ReadonlyMap<string, number> {
  if (!isInstalled(header)) return new Map();
  const text = readFileSync(`/usr/include/${header}`, 'utf8');
  const macros = new Map<string, number>();
  for (const [, name, value] of text.matchAll(/^#define\s+(\w+)\s+([^\n]+)/gm)) {
    const number = numberOf(value!.replace(/\/\*.*/, '').trim());
    if (number !== undefined) macros.set(name!, number);
  }
  return macros;
}

/** "0x86DD", "12", "(1UL << 3)", "_IOW('$', 8, __u32)". */
function numberOf(text: string): number | undefined {
  if (/^(0x[0-9a-fA-F]+|\d+)$/.test(text)) return Number(text);
  const bit = /^\(1U?L?L? << (\d+)\)$/.exec(text);
  if (bit) return 2 ** Number(bit[1]);
  const request = /^_IO([WR]?) ?\('\$', (\d+)(?:, (__u32)?.*)?\)$/.exec(text);
  if (!request) return undefined;
  const direction = { '': 0, W: 0x4000_0000, R: 0x8000_0000 }[request[1] as '' | 'W' | 'R'];
  const size = request[1] === '' ? 0 : request[3] ? 4 : 8;
  return direction + (size << 16) + ('$'.charCodeAt(0) << 8) + Number(request[2]);
}

for (const { name, headers, table, kernelNames } of ROWS) {
  const macros = new Map(headers.flatMap(header => [...macrosOf(header)]));
  const found = Object.entries(kernelNames).flatMap(([ours, theirs]) => {
    const value = enumerators.get(theirs) ?? macros.get(theirs);
    return value === undefined ? [] : [[ours, value] as const];
  });
  test.skipIf(found.length === 0)(`${name} is what the kernel says`, () => {
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(found.map(([ours]) => [ours, table[ours]])));
    if (headers.every(isInstalled)) expect(found.length).toBe(Object.keys(table).length);
  });
}

test('PERF_ATTR is the layout of struct perf_event_attr', () => {
  const members: Partial<Record<keyof typeof abi.PERF_ATTR, string>> = {
    samplePeriod: 'sample_period',
    sampleType: 'sample_type',
    readFormat: 'read_format',
    flags: 'disabled',
    wakeupEvents: 'wakeup_events',
    bpType: 'bp_type',
  };
  for (const [ours, offset] of Object.entries(abi.PERF_ATTR))
    expect([
      ours,
      btf.field('perf_event_attr', members[ours as keyof typeof abi.PERF_ATTR] ?? ours).offset,
    ]).toEqual([ours, offset]);
  const last = btf.field('perf_event_attr', 'config2');
  expect(last.offset + last.size).toBe(abi.PERF_ATTR_BYTES);
});
