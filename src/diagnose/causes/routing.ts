import type { Cause } from './cause.ts';
import type { Condition } from './condition.ts';
import { counted, dropped, IPV4, IPV6, moved, unnamedAt } from './forms.ts';

const TYPED: Condition = { fact: 'route.type', oneOf: ['blackhole', 'prohibit', 'unreachable', 'throw'] };
const FIB = ['net/ipv4/route.c', 'net/ipv6/route.c'];

const NO_ROUTE_COUNTED = counted('snmp.IpOutNoRoutes.delta', 'snmp.Ip6OutNoRoutes.delta');

export const noRouteOutput: Cause = {
  id: 'no-route-output',
  title: 'A local program has no route to its destination',
  when: [
    {
      any: [
        dropped('IP_OUTNOROUTES'),
        NO_ROUTE_COUNTED,
        { fact: 'lookup.error', oneOf: ['ENETUNREACH', 'EHOSTUNREACH'] },
      ],
    },
    {
      any: [
        { fact: 'symptom.kind', is: 'drop' },
        // Programs try IPv6 first: where it is not set up, its counter alone says nothing.
        counted('snmp.IpOutNoRoutes.delta'),
        { fact: 'route.type', is: 'none' },
      ],
    },
  ],
  sure: 'likely',
  sureIf: [
    { sure: 'certain', all: [{ fact: 'route.type', is: 'none' }] },
    { sure: 'certain', all: [dropped('IP_OUTNOROUTES'), IPV4] },
    { sure: 'certain', all: [counted('snmp.IpOutNoRoutes.delta')] },
  ],
  says: [
    {
      text: 'No route in this namespace leads to {packet.dst}: the program got "Network is unreachable".',
      when: [{ fact: 'packet.dst', exists: true }],
    },
    'Programs in this namespace tried {symptom.count} times to send where no route leads; each got "Network is unreachable".',
  ],
  shows: [
    'route.out',
    'route.rules',
    'snmp.IpOutNoRoutes.delta',
    'snmp.Ip6OutNoRoutes.delta',
    'lookup.error',
  ],
  fix: [
    {
      run: 'add the missing route (ip route add DESTINATION via GATEWAY dev INTERFACE, or a default route); look at the rules too when marks or tables are in use (ip rule)',
      advice: true,
      changes: 'a way to the destination',
    },
  ],
  check: [
    { run: 'ip route get {packet.dst}' },
    { run: 'ip route show table all' },
    { run: 'ip -6 route show table all', when: [{ any: [IPV6, counted('snmp.Ip6OutNoRoutes.delta')] }] },
    { run: 'nstat -az IpOutNoRoutes Ip6OutNoRoutes' },
  ],
  settles: ['ip route get DESTINATION in this namespace, with the mark and source that the program uses.'],
  see: [...FIB, 'man 8 ip-route'],
};

/** IPv4 ends in ip_error, IPv6 in ip6_pkt_discard. */
const NO_WAY_ON: Condition = {
  any: [dropped('IP_INNOROUTES'), unnamedAt('ip_error', 'ip6_pkt_discard', 'ip6_pkt_drop')],
};
const NO_WAY_COUNTED: Condition = {
  any: [dropped('IP_INNOROUTES'), moved('netstat.InNoRoutes.delta'), moved('snmp.Ip6InNoRoutes.delta')],
};

export const noRouteForward: Cause = {
  id: 'no-route-forward',
  title: 'This router has no route for a packet that passes through',
  when: [NO_WAY_ON, NO_WAY_COUNTED, { fact: 'drop.function', noneOf: ['ip6_pkt_prohibit'] }],
  sure: 'likely',
  sureIf: [
    { sure: 'certain', all: [dropped('IP_INNOROUTES'), IPV4] },
    { sure: 'certain', all: [{ fact: 'route.type', is: 'none' }] },
  ],
  says: [
    'It came in on {drop.ifname} for {packet.dst}, and no route of this namespace leads there.',
    'No route of this namespace leads to {packet.dst}.',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'netstat.InNoRoutes.delta',
    'snmp.Ip6InNoRoutes.delta',
    'icmp.sent.type',
    'icmp.sent.code',
    'route.out',
    'route.rules',
  ],
  fix: [
    {
      run: 'add the missing route here (ip route add {packet.dst} via GATEWAY dev INTERFACE, or a default route); look at the rules too when marks or tables are in use (ip rule)',
      advice: true,
      changes: 'a way to the destination',
    },
  ],
  check: [
    { run: 'ip route get {packet.dst} from {packet.src} iif {drop.ifname}' },
    { run: 'ip route show table all' },
  ],
  settles: [
    'ip route get fibmatch {packet.dst} from {packet.src} iif {drop.ifname} in this namespace: no route, or one of type unreachable?',
  ],
  see: FIB,
};

export const forwardingDisabled: Cause = {
  id: 'forwarding-disabled',
  title: 'A packet for another host arrived, but forwarding is off',
  when: [
    {
      any: [
        { all: [dropped('IP_INADDRERRORS'), { fact: 'drop.function', oneOf: ['ip_error', 'ip6_forward'] }] },
        { all: [dropped('IP_INNOROUTES'), { fact: 'drop.function', is: 'ip_error' }] },
        unnamedAt('ip_error', 'ip6_forward'),
      ],
    },
    {
      any: [
        {
          all: [
            IPV4,
            {
              any: [
                { fact: 'sysctl.forwarding', is: 0 },
                { fact: 'sysctl.ip_forward', is: 0 },
              ],
            },
          ],
        },
        { all: [IPV6, { fact: 'sysctl.ip6_forwarding', is: 0 }] },
      ],
    },
  ],
  sure: 'certain',
  explains: ['no-route-forward'],
  says: [
    'The packet for {packet.dst} came in on {drop.ifname}; it is for another host, and this namespace does not forward.',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'sysctl.ip_forward',
    'sysctl.forwarding',
    'snmp.IpInAddrErrors.delta',
    'snmp.Ip6InAddrErrors.delta',
  ],
  fix: [
    {
      run: 'sysctl -w net.ipv4.conf.{drop.ifname|sysctl}.forwarding=1',
      when: [IPV4],
      changes: 'packets that come in on {drop.ifname} are forwarded',
      risk: 'The answers come in on another interface: it needs the same.',
    },
    {
      run: 'sysctl -w net.ipv4.ip_forward=1',
      when: [IPV4],
      changes: 'IPv4 is forwarded between all interfaces of this namespace',
      risk: 'It becomes a router: check its FORWARD rules.',
    },
    {
      run: 'sysctl -w net.ipv6.conf.all.forwarding=1',
      when: [IPV6],
      changes: 'IPv6 is forwarded between all interfaces of this namespace',
      risk: 'Router advertisements are ignored from then on unless accept_ra is 2.',
    },
  ],
  check: [
    { run: 'sysctl net.ipv4.ip_forward net.ipv4.conf.all.forwarding', when: [IPV4] },
    { run: 'sysctl net.ipv6.conf.all.forwarding', when: [IPV6] },
    { run: 'ip route get {packet.dst} from {packet.src} iif {drop.ifname}' },
  ],
  settles: [
    'sysctl net.ipv4.conf.{drop.ifname}.forwarding (IPv6: net.ipv6.conf.all.forwarding) in this namespace.',
  ],
  see: ['net/ipv4/route.c', 'net/ipv6/ip6_output.c', 'Documentation/networking/ip-sysctl.rst'],
};

export const routeTypeDrop: Cause = {
  id: 'route-type-drop',
  title: 'A route of type blackhole, prohibit or unreachable takes the packet',
  when: [
    {
      any: [
        unnamedAt(
          'ip_error',
          'dst_discard',
          'dst_discard_out',
          'ip6_pkt_discard',
          'ip6_pkt_prohibit',
          'ip6_pkt_drop',
          'ip6_pkt_discard_out',
          'ip6_pkt_prohibit_out',
        ),
        { all: [dropped('IP_INNOROUTES', 'IP_OUTNOROUTES'), IPV6] },
        { fact: 'lookup.error', oneOf: ['EINVAL', 'EACCES', 'EHOSTUNREACH'] },
      ],
    },
    { any: [TYPED, { fact: 'drop.function', oneOf: ['ip6_pkt_prohibit', 'ip6_pkt_prohibit_out'] }] },
  ],
  sure: 'certain',
  explains: ['no-route-forward', 'no-route-output'],
  says: [
    'The route to {packet.dst} is "{route.match}": a {route.type} route takes every packet for it.',
    'The route to {packet.dst} is of type {route.type}.',
    'The route to {packet.dst} is of type prohibit.',
  ],
  rule: ['{route.match}'],
  shows: ['drop.function', 'icmp.sent.type', 'icmp.sent.code', 'lookup.error', 'route.rules'],
  fix: [
    {
      run: 'ip route del {route.match|words}',
      when: [IPV4, TYPED],
      changes: 'the {route.type} route is gone; the next wider route takes over',
      risk: 'Somebody put it there, often to stop a loop or an attack.',
    },
    {
      run: 'ip -6 route del {route.match|words}',
      when: [IPV6, TYPED],
      changes: 'the {route.type} route is gone; the next wider route takes over',
      risk: 'Somebody put it there, often to stop a loop or an attack.',
    },
  ],
  check: [{ run: 'ip route get fibmatch {packet.dst}' }],
  settles: ['ip route get fibmatch {packet.dst} in this namespace: which type has the route?'],
  see: [...FIB, 'man 8 ip-route'],
};

export const ttlExceeded: Cause = {
  id: 'ttl-exceeded',
  title: 'The packet’s TTL ran out here',
  when: [
    {
      any: [
        { all: [dropped('IP_INHDR'), { fact: 'drop.function', oneOf: ['ip_forward', 'ip6_forward'] }] },
        unnamedAt('ip_forward', 'ip6_forward'),
      ],
    },
    { fact: 'packet.ttl', atMost: 1 },
  ],
  sure: 'certain',
  says: [
    {
      text: 'The packet for {packet.dst} arrived with TTL {packet.ttl} and would leave by {route.out.ifname}, where it came from: a routing loop.',
      when: [{ fact: 'route.out.ifname', sameAs: 'drop.ifname' }],
    },
    'The packet for {packet.dst} arrived with TTL {packet.ttl}: it has been round a loop, or was sent with too small a TTL (traceroute does so on purpose).',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'route.out',
    'icmp.sent.type',
    'snmp.IcmpOutTimeExcds.delta',
    'snmp.Icmp6OutTimeExcds.delta',
  ],
  fix: [
    {
      run: 'ip route del {route.match|words}',
      when: [IPV4, { fact: 'route.out.ifname', sameAs: 'drop.ifname' }],
      changes: 'the route that sends it back is gone',
      risk: 'Everything else that the route was for goes another way.',
    },
    {
      run: 'ip -6 route del {route.match|words}',
      when: [IPV6, { fact: 'route.out.ifname', sameAs: 'drop.ifname' }],
      changes: 'the route that sends it back is gone',
      risk: 'Everything else that the route was for goes another way.',
    },
    {
      run: 'follow the path to {packet.dst} (traceroute) and correct the router that sends it back, or the sender’s TTL',
      advice: true,
      changes: 'the root of it',
    },
  ],
  check: [{ run: 'ip route get {packet.dst}' }],
  settles: [
    'The TTL of the packets as they come in (tcpdump -v), and the route to {packet.dst} here and on the neighbours.',
  ],
  see: ['net/ipv4/ip_forward.c', 'net/ipv6/ip6_output.c'],
};
