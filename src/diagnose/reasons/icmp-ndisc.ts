import type { ReasonRows } from './entry.ts';

const NDISC = ['net/ipv6/ndisc.c', 'RFC 4861'];

/** ICMP and IPv6 neighbour discovery messages. */
export const ICMP_NDISC: ReasonRows = {
  ICMP_CSUM: {
    meaning: 'The ICMP checksum is wrong.',
    cause: 'Corruption, or NAT or a program that rewrites the quoted packet without fixing the checksum.',
    remedy:
      'Counter `nstat IcmpInCsumErrors Icmp6InCsumErrors`; `tcpdump -nvv icmp or icmp6` at both ends; test `ethtool -K DEV rx off`.',
    benign: 'no',
    where: 'icmp_rcv, icmpv6_rcv',
    since: '5.19',
    see: ['net/ipv4/icmp.c', 'net/ipv6/icmp.c'],
  },
  INVALID_PROTO: {
    meaning: 'The packet breaks a rule for its kind, like an ICMP request sent to a broadcast address.',
    cause: 'Somebody pings the broadcast address, which hosts ignore by default.',
    remedy: 'Nothing to do; to answer broadcast pings `sysctl net.ipv4.icmp_echo_ignore_broadcasts=0`.',
    benign: 'usually',
    where: 'icmp_rcv, ip6_parse_tlv, ipv6_destopt_rcv',
    since: '5.19',
    see: ['net/ipv4/icmp.c', 'RFC 1122 3.2.2'],
  },
  IPV6_NDISC_FRAG: {
    meaning: 'A neighbour discovery message came in fragments.',
    cause: 'An attack that hides from RA guard, or an advertisement too large for the MTU.',
    remedy:
      'Find the sender with `tcpdump -e -nvv "ip6[6]=44"`; only if it must work: `sysctl net.ipv6.conf.DEV.suppress_frag_ndisc=0`.',
    benign: 'no',
    where: 'icmpv6_rcv (ndisc_rcv)',
    since: '6.3',
    see: [...NDISC, 'RFC 6980'],
  },
  IPV6_NDISC_HOP_LIMIT: {
    meaning: 'A neighbour discovery message whose hop limit is not 255: it did not come from this link.',
    cause: 'Spoofing from afar, or a router or tunnel that forwards discovery messages.',
    remedy:
      'Find where it enters: `tcpdump -e -nv icmp6`; filter ICMPv6 types 133–137 with hop limit below 255 at the border.',
    benign: 'no',
    where: 'icmpv6_rcv (ndisc_rcv)',
    since: '6.3',
    see: NDISC,
  },
  IPV6_NDISC_BAD_CODE: {
    meaning: 'A neighbour discovery message with a code other than zero.',
    cause: 'A broken stack or a fuzzer.',
    remedy: 'Find the sender by MAC: `tcpdump -e -nvv icmp6`; update or block it.',
    benign: 'no',
    where: 'icmpv6_rcv (ndisc_rcv)',
    since: '6.3',
    see: NDISC,
  },
  IPV6_NDISC_BAD_OPTIONS: {
    meaning: 'The options of a neighbour discovery message do not parse.',
    cause: 'A broken router or stack, a truncated message, or a link-layer address of the wrong length.',
    remedy:
      '`tcpdump -e -nvv icmp6` shows the options and the sender; update it. `rdisc6 DEV` shows what routers announce.',
    benign: 'no',
    where: 'icmpv6_rcv (ndisc_recv_ns, ndisc_recv_na, ndisc_router_discovery)',
    since: '6.3',
    see: NDISC,
  },
  IPV6_NDISC_NS_OTHERHOST: {
    meaning: 'A neighbour solicitation that asks for somebody else.',
    cause:
      'Solicited-node multicast groups are shared by addresses with the same last 24 bits; switches flood them.',
    remedy: 'Nothing to do; if this host should answer for others: `ip -6 neigh add proxy ADDR dev DEV`.',
    benign: 'always',
    where: 'icmpv6_rcv (ndisc_recv_ns)',
    since: '6.3',
    see: NDISC,
  },
};
