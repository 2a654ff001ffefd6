import { ALL, type Case, NEWER } from './case.ts';
import { six, SYN, symptom } from './evidence.ts';

const at = (name: string, reason: string, packet = SYN) => symptom({ reason, function: name, packet });
const BACK = {
  'sysctl.rp_filter': 1,
  'route.back.ifname': 'eth1',
  'route.back': '10.0.0.0/24 dev eth1',
} as const;
const NO_WAY = {
  'netstat.InNoRoutes.delta': 3,
  'sysctl.forwarding': 1,
  'sysctl.ip_forward': 1,
  'route.type': 'none',
} as const;
const NO_WAY6 = { 'snmp.Ip6InNoRoutes.delta': 3, 'sysctl.ip6_forwarding': 1, 'route.type': 'none' } as const;
const BLACKHOLE = {
  ...NO_WAY,
  'netstat.InNoRoutes.delta': 0,
  'route.type': 'blackhole',
  'route.match': 'blackhole 10.0.0.0/24',
} as const;
const OLD: Case['on'] = ['6.1', '6.12'];

export const ROUTING_CASES: readonly Case[] = [
  {
    name: 'the route back is another',
    on: ALL,
    symptoms: [at('ip_rcv_finish_core', 'IP_RPFILTER')],
    facts: BACK,
    is: 'rp-filter-strict',
    sure: 'certain',
    near: [
      {
        name: 'loose, but no route back at all',
        facts: { 'sysctl.rp_filter': 2, 'route.back.ifname': null },
        is: 'martian-source',
      },
      { name: 'nobody read the setting', facts: { 'sysctl.rp_filter': undefined }, is: 'unknown' },
    ],
  },
  {
    name: 'our own address as source',
    on: ['6.18'],
    symptoms: [at('ip_rcv_finish_core', 'IP_LOCAL_SOURCE')],
    facts: { 'route.src.local': true },
    is: 'martian-source',
    sure: 'certain',
  },
  {
    name: 'our own address as source, no reason yet',
    on: OLD,
    symptoms: [at('ip_rcv_finish_core', 'NOT_SPECIFIED')],
    facts: { 'route.src.local': true, 'rtcache.in_martian_src.delta': 2 },
    is: 'martian-source',
    sure: 'certain',
    near: [
      {
        name: 'nothing odd about it',
        facts: {
          'route.src.local': false,
          'rtcache.in_martian_src.delta': 0,
          'rtcache.in_martian_dst.delta': 0,
          'log.martian': null,
          'route.back.ifname': 'eth0',
        },
        is: 'unknown',
      },
    ],
  },
  {
    name: 'loopback as source',
    on: OLD,
    symptoms: [at('ip_rcv_finish_core', 'NOT_SPECIFIED', { ...SYN, src: '127.0.0.1' })],
    is: 'martian-source',
    sure: 'certain',
  },
  {
    name: 'multicast as IPv6 source',
    on: ALL,
    symptoms: [at('ip6_rcv_core', 'IP_INHDR', { ...six(SYN), src: 'ff02::1' })],
    is: 'martian-source',
    sure: 'certain',
  },
  {
    name: 'the routing cache counted it',
    on: OLD,
    symptoms: [at('ip_rcv_finish_core', 'NOT_SPECIFIED')],
    facts: { 'rtcache.in_martian_src.delta': 2 },
    is: 'martian-source',
    sure: 'likely',
  },
  {
    name: 'the counter, and no packet',
    on: ALL,
    facts: { 'snmp.IpOutNoRoutes.delta': 4 },
    is: 'no-route-output',
    sure: 'certain',
    near: [{ name: 'it did not move', facts: { 'snmp.IpOutNoRoutes.delta': 0 }, is: 'healthy' }],
  },
  {
    name: 'the lookup failed',
    on: ALL,
    symptoms: [
      symptom({
        kind: 'lookup',
        source: 'tracepoint fib:fib_table_lookup',
        reason: 'ENETUNREACH',
        function: null,
      }),
    ],
    facts: { 'route.type': 'none' },
    is: 'no-route-output',
    sure: 'certain',
    near: [
      {
        name: 'by a route that says so',
        facts: { 'route.type': 'unreachable', 'route.match': 'unreachable default' },
        symptoms: [symptom({ kind: 'lookup', source: 'fib', reason: 'EHOSTUNREACH', function: null })],
        is: 'route-type-drop',
      },
    ],
  },
  {
    name: 'IPv6, the filter’s host has no route',
    on: ALL,
    facts: { 'snmp.Ip6OutNoRoutes.delta': 4, 'route.type': 'none' },
    is: 'no-route-output',
    sure: 'certain',
    near: [{ name: 'programs that try IPv6 first', facts: { 'route.type': undefined }, is: 'healthy' }],
  },
  {
    name: 'a router without a route',
    on: NEWER,
    symptoms: [at('ip_error', 'IP_INNOROUTES')],
    facts: NO_WAY,
    is: 'no-route-forward',
    sure: 'certain',
    near: [
      { name: 'it does not forward at all', facts: { 'sysctl.forwarding': 0 }, is: 'forwarding-disabled' },
    ],
  },
  {
    name: 'no reason given',
    on: ['6.1'],
    symptoms: [at('ip_error', 'NOT_SPECIFIED')],
    facts: NO_WAY,
    is: 'no-route-forward',
    sure: 'certain',
    near: [{ name: 'a blackhole', facts: BLACKHOLE, is: 'route-type-drop' }],
  },
  {
    name: 'IPv6',
    on: ALL,
    symptoms: [at('ip6_pkt_discard', 'IP_INNOROUTES', six(SYN))],
    facts: NO_WAY6,
    is: 'no-route-forward',
    sure: 'certain',
    near: [
      {
        name: 'an unreachable route',
        facts: { 'route.type': 'unreachable', 'route.match': 'unreachable fd00::/64' },
        is: 'route-type-drop',
      },
    ],
  },
  {
    name: 'not a router',
    on: NEWER,
    symptoms: [at('ip_error', 'IP_INADDRERRORS')],
    facts: { 'sysctl.forwarding': 0, 'sysctl.ip_forward': 0 },
    is: 'forwarding-disabled',
    sure: 'certain',
    near: [
      {
        name: 'nobody read the setting',
        facts: { 'sysctl.forwarding': undefined, 'sysctl.ip_forward': undefined },
        is: 'unknown',
      },
    ],
  },
  {
    name: 'not a router, no reason given',
    on: ['6.1'],
    symptoms: [at('ip_error', 'NOT_SPECIFIED')],
    facts: {
      'sysctl.forwarding': 0,
      'snmp.IpInAddrErrors.delta': 3,
      'netstat.InNoRoutes.delta': 0,
      'route.type': 'unicast',
    },
    is: 'forwarding-disabled',
    sure: 'certain',
  },
  {
    name: 'not a router, IPv6',
    on: ALL,
    symptoms: [at('ip6_forward', 'NOT_SPECIFIED', six(SYN))],
    facts: { 'sysctl.ip6_forwarding': 0 },
    is: 'forwarding-disabled',
    sure: 'certain',
    near: [
      {
        name: 'a router: the hop limit ran out',
        symptoms: [at('ip6_forward', 'NOT_SPECIFIED', { ...six(SYN), ttl: 1 })],
        facts: { 'sysctl.ip6_forwarding': 1 },
        is: 'ttl-exceeded',
      },
    ],
  },
  {
    name: 'blackhole',
    on: ALL,
    symptoms: [at('ip_error', 'NOT_SPECIFIED')],
    facts: BLACKHOLE,
    is: 'route-type-drop',
    sure: 'certain',
    near: [{ name: 'no route', facts: NO_WAY, is: 'no-route-forward' }],
  },
  {
    name: 'prohibit, IPv6',
    on: ALL,
    symptoms: [at('ip6_pkt_prohibit', 'IP_INNOROUTES', six(SYN))],
    facts: { 'route.type': 'prohibit', 'route.match': 'prohibit fd00::/64' },
    is: 'route-type-drop',
    sure: 'certain',
  },
  {
    name: 'blackhole, IPv6',
    on: ALL,
    symptoms: [at('dst_discard_out', 'NOT_SPECIFIED', six(SYN))],
    facts: { 'route.type': 'blackhole', 'route.match': 'blackhole fd00::/64' },
    is: 'route-type-drop',
    sure: 'certain',
  },
  {
    name: 'the program was refused',
    on: ALL,
    symptoms: [symptom({ kind: 'lookup', source: 'fib', reason: 'EACCES', function: null })],
    facts: { 'route.type': 'prohibit', 'route.match': 'prohibit 10.0.0.2' },
    is: 'route-type-drop',
    sure: 'certain',
  },
  {
    name: 'a loop',
    on: ALL,
    symptoms: [at('ip_forward', 'IP_INHDR', { ...SYN, ttl: 1 })],
    facts: { 'route.out.ifname': 'veth0', 'route.match': '10.0.0.0/24 via 10.1.0.1 dev veth0' },
    is: 'ttl-exceeded',
    sure: 'certain',
    near: [{ name: 'a broken header', symptoms: [at('ip_rcv_core', 'IP_INHDR')], facts: {}, is: 'unknown' }],
  },
  {
    name: 'a loop, IPv6',
    on: ALL,
    symptoms: [at('ip6_forward', 'IP_INHDR', { ...six(SYN), ttl: 1 })],
    is: 'ttl-exceeded',
    sure: 'certain',
  },
];
