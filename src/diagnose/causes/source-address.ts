import type { Cause } from './cause.ts';
import type { Condition } from './condition.ts';
import { dropped, IPV4, moved, unnamedAt } from './forms.ts';

export const rpFilterStrict: Cause = {
  id: 'rp-filter-strict',
  title: 'Strict reverse-path filter dropped a packet from an asymmetric route',
  when: [dropped('IP_RPFILTER'), { fact: 'sysctl.rp_filter', is: 1 }],
  sure: 'likely',
  sureIf: [{ sure: 'certain', all: [{ fact: 'route.back.ifname', differsFrom: 'drop.ifname' }] }],
  says: [
    {
      text: 'The packet came in on {drop.ifname}, but the route back to {packet.src} leaves by {route.back.ifname}: rp_filter is strict there.',
      when: [{ fact: 'route.back.ifname', exists: true }],
    },
    'The packet came in on {drop.ifname}, where rp_filter is strict, and the way back to {packet.src} is another one.',
  ],
  shows: ['drop.reason', 'route.back', 'route.rules', 'netstat.IPReversePathFilter.delta', 'log.martian'],
  fix: [
    {
      run: 'sysctl -w net.ipv4.conf.{drop.ifname|sysctl}.rp_filter=2',
      when: [{ fact: 'route.back.ifname', exists: true }],
      changes:
        'on {drop.ifname} any route back to the source is enough (loose mode; the larger of this and conf.all counts)',
      risk: 'Spoofed sources that have some route pass on this interface.',
    },
    {
      run: 'ip route replace {packet.src} dev {drop.ifname}',
      changes:
        'answers to {packet.src} leave by {drop.ifname}; right when the source is on that link, else say "via GATEWAY"',
      risk: 'Moves all traffic to that address.',
    },
  ],
  check: [{ run: 'ip route get {packet.src}' }, { run: 'nstat -az TcpExtIPReversePathFilter' }],
  settles: [
    'ip route get {packet.src} in this namespace: does it name another interface than {drop.ifname}?',
  ],
  see: ['net/ipv4/fib_frontend.c', 'Documentation/networking/ip-sysctl.rst'],
};

const ODD_SOURCE: Condition = {
  fact: 'packet.src.kind',
  oneOf: ['loopback', 'multicast', 'broadcast', 'zero'],
};
const ODD_DESTINATION: Condition = { fact: 'packet.dst.kind', oneOf: ['loopback', 'zero'] };
const OWN_SOURCE: Condition = { fact: 'route.src.local', is: true };

export const martianSource: Cause = {
  id: 'martian-source',
  title: 'The packet carries an address that cannot come from outside',
  when: [
    {
      any: [
        dropped('IP_LOCAL_SOURCE', 'IP_INVALID_SOURCE', 'IP_LOCALNET', 'IP_INVALID_DEST'),
        unnamedAt(
          'ip_rcv_finish_core',
          'ip_rcv_finish',
          'ip_route_input_noref',
          'ip_route_input_slow',
          'ip6_rcv_core',
          'ipv6_rcv',
        ),
        { all: [dropped('IP_INHDR'), { fact: 'drop.function', oneOf: ['ip6_rcv_core', 'ipv6_rcv'] }] },
        dropped('IP_RPFILTER'),
      ],
    },
    {
      any: [
        dropped('IP_LOCAL_SOURCE', 'IP_INVALID_SOURCE', 'IP_LOCALNET', 'IP_INVALID_DEST'),
        ODD_SOURCE,
        ODD_DESTINATION,
        { all: [OWN_SOURCE, { fact: 'drop.reason', noneOf: ['IP_INHDR', 'IP_RPFILTER'] }] },
        {
          all: [
            { fact: 'drop.reason', noneOf: ['IP_INHDR', 'IP_RPFILTER'] },
            {
              any: [
                moved('rtcache.in_martian_src.delta'),
                moved('rtcache.in_martian_dst.delta'),
                { fact: 'log.martian', exists: true },
              ],
            },
          ],
        },
        {
          all: [
            dropped('IP_RPFILTER'),
            { fact: 'sysctl.rp_filter', is: 2 },
            { fact: 'route.back.ifname', exists: false },
          ],
        },
      ],
    },
  ],
  sure: 'likely',
  sureIf: [
    {
      sure: 'certain',
      all: [dropped('IP_LOCAL_SOURCE', 'IP_INVALID_SOURCE', 'IP_LOCALNET', 'IP_INVALID_DEST')],
    },
    { sure: 'certain', all: [{ any: [ODD_SOURCE, ODD_DESTINATION, OWN_SOURCE] }] },
    { sure: 'certain', all: [dropped('IP_RPFILTER'), { fact: 'route.back.ifname', exists: false }] },
  ],
  says: [
    {
      text: 'The source {packet.src} is an address of this very namespace, yet the packet came in on {drop.ifname}: a duplicate address, a loop, or NAT that turns back.',
      when: [{ any: [OWN_SOURCE, dropped('IP_LOCAL_SOURCE')] }],
    },
    {
      text: 'The source {packet.src} is a {packet.src.kind} address: it cannot come in on {drop.ifname}.',
      when: [ODD_SOURCE],
    },
    {
      text: 'The destination {packet.dst} is a {packet.dst.kind} address: it cannot come in on {drop.ifname}.',
      when: [ODD_DESTINATION],
    },
    {
      text: 'There is no route back to {packet.src} at all.',
      when: [{ fact: 'route.back.ifname', exists: false }],
    },
    'The kernel calls {packet.flow} on {drop.ifname} martian: its source or destination cannot be there.',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'rtcache.in_martian_src.delta',
    'rtcache.in_martian_dst.delta',
    'log.martian',
    'sysctl.accept_local',
    'sysctl.route_localnet',
  ],
  fix: [
    {
      run: 'sysctl -w net.ipv4.conf.{drop.ifname|sysctl}.route_localnet=1',
      when: [
        IPV4,
        {
          any: [
            { fact: 'packet.src.kind', is: 'loopback' },
            { fact: 'packet.dst.kind', is: 'loopback' },
          ],
        },
      ],
      changes: '127.0.0.0/8 may be routed on {drop.ifname}',
      risk: 'Services that trust 127.0.0.1 can be reached from that network.',
    },
    {
      run: 'sysctl -w net.ipv4.conf.{drop.ifname|sysctl}.accept_local=1',
      when: [IPV4, { any: [OWN_SOURCE, dropped('IP_LOCAL_SOURCE')] }],
      changes:
        'packets with one of our addresses as source are accepted on {drop.ifname}; right only when the loop is meant',
      risk: 'Spoofed local addresses pass on this interface.',
    },
    {
      run: 'ip route replace {packet.src} dev {drop.ifname}',
      when: [dropped('IP_RPFILTER')],
      changes: 'a route back to {packet.src}; right when it is on that link, else say "via GATEWAY"',
    },
    {
      run: 'find who sends it: a duplicate address (arping -D), NAT that sends packets back, or a wrong source address at the sender; its MAC is in the frame (tcpdump -e)',
      advice: true,
      changes: 'the root of it',
    },
  ],
  check: [
    { run: 'sysctl -w net.ipv4.conf.all.log_martians=1' },
    { run: 'ip route get {packet.dst} from {packet.src} iif {drop.ifname}' },
  ],
  settles: [
    'ip -br addr and ip route get {packet.dst} from {packet.src} iif {drop.ifname} in this namespace; or log_martians=1 and dmesg.',
  ],
  see: ['net/ipv4/route.c', 'net/ipv4/fib_frontend.c', 'net/ipv6/ip6_input.c'],
};
