import type { ReasonRows } from './entry.ts';

const IP_SYSCTL = 'Documentation/networking/ip-sysctl.rst';

/** IPv4 and IPv6 headers, addresses and routes. */
export const IP: ReasonRows = {
  PKT_TOO_SMALL: {
    meaning: 'The packet is shorter than its own headers say, or its length fields are impossible.',
    cause: 'A broken sender or tunnel, truncation on the way, or an offload that mangles lengths.',
    remedy:
      'Look at it with `tcpdump -nvXX`; switch offloads off to compare (`ethtool -K DEV gro off gso off tso off`). Counters `nstat IpExtInTruncatedPkts IpInHdrErrors UdpInErrors`.',
    benign: 'no',
    where: 'ip_rcv_core, ip6_rcv_core, __udp4_lib_rcv, tcp_v4_rcv, icmp_rcv',
    since: '5.17',
    see: ['net/ipv4/ip_input.c', 'net/ipv4/udp.c'],
  },
  OTHERHOST: {
    meaning:
      'The frame’s destination MAC is not ours; it was only seen as the device listens to all or floods.',
    cause:
      'Promiscuous mode (then harmless), a stale neighbour or FDB entry, a switch that floods, or a VLAN tag with no device.',
    remedy:
      'If it should be ours: compare `ip -d link show DEV` with the sender’s `ip neigh`, check `bridge fdb`, VLAN devices; `ip -s -s link` counts otherhost.',
    benign: 'usually',
    where: 'ip_rcv_core, ip6_rcv_core',
    since: '5.18',
    see: ['net/ipv4/ip_input.c', 'net/core/dev.c'],
  },
  IP_CSUM: {
    meaning: 'The IPv4 header checksum is wrong.',
    cause:
      'Corruption on the link, a faulty NIC, or a program (BPF, tc pedit, tunnel) that edits headers without fixing it.',
    remedy:
      'Counter `nstat IpExtInCsumErrors`; check cables and `ethtool -S DEV`, and `tc filter show dev DEV` for pedit without a csum action.',
    benign: 'no',
    where: 'ip_rcv_core',
    since: '5.18',
    see: ['net/ipv4/ip_input.c'],
  },
  IP_INHDR: {
    meaning: 'The IP header is malformed, or the TTL (hop limit) ran out while forwarding.',
    cause:
      'A routing loop or a sender with a tiny TTL (traceroute does it on purpose); less often a broken header or option.',
    remedy:
      '`traceroute -n DST` or `mtr` shows a loop: fix the routes; `ip route get DST` on each hop. Counter `nstat IpInHdrErrors Ip6InHdrErrors`.',
    benign: 'no',
    where: 'ip_forward, ip6_forward, ip_rcv_core, ip6_rcv_core, ip_rcv_finish_core',
    since: '5.18',
    see: ['net/ipv4/ip_forward.c', 'net/ipv4/ip_input.c'],
  },
  IP_RPFILTER: {
    meaning:
      'Reverse path filter: the route back to the source does not leave by the interface it came in on.',
    cause:
      'Asymmetric routing (two uplinks, VPN, policy routing) with rp_filter=1 on the interface or in conf.all.',
    remedy:
      '`ip route get SRC from DST iif DEV`; then fix the route, or `sysctl net.ipv4.conf.DEV.rp_filter=2` (conf.all counts too: the larger wins). Counter `nstat TcpExtIPReversePathFilter`.',
    benign: 'no',
    where: 'ip_rcv_finish_core',
    since: '5.18',
    see: ['net/ipv4/fib_frontend.c', IP_SYSCTL],
  },
  UNICAST_IN_L2_MULTICAST: {
    meaning: 'A unicast IP packet came in a broadcast or multicast frame while the host refuses that.',
    cause:
      'drop_unicast_in_l2_multicast=1 and a load balancer in multicast mode (MS-NLB), or a spoofed Wi-Fi broadcast.',
    remedy:
      'If such a load balancer is wanted: `sysctl net.ipv4.conf.DEV.drop_unicast_in_l2_multicast=0` (and net.ipv6); else find the sender by its MAC in `tcpdump -e`.',
    benign: 'no',
    where: 'ip_rcv_finish_core, ip6_rcv_core',
    since: '5.18',
    see: [IP_SYSCTL],
  },
  IP_NOPROTO: {
    meaning: 'Nothing on this host handles the IP protocol number.',
    cause: 'The module is not loaded (GRE, SCTP, VRRP without its daemon, IPsec), or somebody probes.',
    remedy:
      'Load what is missing (`modprobe ip_gre`, `modprobe sctp`) or block the sender; `tcpdump -nv` shows the protocol. Counter `nstat IpInUnknownProtos`.',
    benign: 'no',
    where: 'ip_protocol_deliver_rcu, ip6_protocol_deliver_rcu',
    since: '5.18',
    see: ['net/ipv4/ip_input.c'],
  },
  IP_OUTNOROUTES: {
    meaning: 'No route for a packet this host sends (or sends back).',
    cause: 'Default route, table or policy rule missing; a changed mark or VRF; the interface went down.',
    remedy:
      '`ip route get DST from SRC mark MARK`, `ip rule`, `ip route show table all`: add the route. Counter `nstat IpOutNoRoutes Ip6OutNoRoutes`.',
    benign: 'no',
    where: '__ip_queue_xmit, ip6_pkt_discard_out, nf_send_reset',
    since: '5.18',
    see: ['net/ipv4/ip_output.c', 'man 8 ip-route'],
  },
  IPV6DISABLED: {
    meaning: 'IPv6 is switched off on the device.',
    cause:
      'disable_ipv6=1 for the interface, all or default: set by hand, by a container runtime, or by failed DAD.',
    remedy:
      'If IPv6 is wanted: `sysctl net.ipv6.conf.DEV.disable_ipv6=0`; else stop the neighbours from sending it. `ip -6 addr show dev DEV` shows dadfailed.',
    benign: 'usually',
    where: 'ip6_rcv_core, ip6_output, br_nf_pre_routing',
    since: '5.18',
    see: [IP_SYSCTL, 'net/ipv6/ip6_input.c'],
  },
  IP_INADDRERRORS: {
    meaning:
      'The destination cannot be reached from here; on a host: forwarding is off for a transit packet.',
    cause:
      'ip_forward=0 on the input interface, a wrong next hop at the sender, or an unreachable/blackhole route.',
    remedy:
      'Router: `sysctl net.ipv4.ip_forward=1` (and conf.DEV.forwarding); else correct the sender’s route. `ip route get DST from SRC iif DEV`. Counter `nstat IpInAddrErrors`.',
    benign: 'no',
    where: 'ip_error, ip6_pkt_drop, ip6_forward',
    since: '5.19',
    see: ['net/ipv4/route.c', IP_SYSCTL],
  },
  IP_INNOROUTES: {
    meaning: 'No route for a packet that came in from outside.',
    cause:
      'The route for the destination is missing here; or an IPv6 interface that is not set up yet heard multicast.',
    remedy:
      '`ip route get DST from SRC iif DEV`: add the route or correct the sender’s next hop. Counter `nstat IpExtInNoRoutes Ip6InNoRoutes`.',
    benign: 'usually',
    where: 'ip_error, ip6_pkt_discard, ip6_pkt_drop',
    since: '5.19',
    see: ['net/ipv4/route.c', 'net/ipv6/route.c'],
  },
  IP_LOCAL_SOURCE: {
    meaning: 'A packet came in with one of our own addresses as its source.',
    cause: 'A duplicate address on the network, a loop or hairpin that brings our packets back, or spoofing.',
    remedy:
      'Look for a duplicate: `arping -D -I DEV ADDR`. If the hairpin is meant: `sysctl net.ipv4.conf.DEV.accept_local=1`. log_martians=1 logs them.',
    benign: 'no',
    where: 'ip_rcv_finish_core',
    since: '6.13',
    see: ['net/ipv4/fib_frontend.c', IP_SYSCTL],
  },
  IP_INVALID_SOURCE: {
    meaning: 'The source address cannot be a source: multicast, broadcast, zero, or of a non-unicast route.',
    cause: 'A misconfigured or broken sender, a DHCP client talking too early, or spoofing.',
    remedy:
      '`sysctl net.ipv4.conf.all.log_martians=1`, then `dmesg | grep martian` shows the MAC to look for; `tcpdump -e -n src host SRC`.',
    benign: 'no',
    where: 'ip_rcv_finish_core',
    since: '6.13',
    see: ['net/ipv4/route.c', 'net/ipv4/fib_frontend.c'],
  },
  IP_LOCALNET: {
    meaning: 'An address of 127.0.0.0/8 on a device other than loopback.',
    cause: 'A DNAT or service published on 127.0.0.1, or a spoofed packet.',
    remedy:
      'If it is meant (node ports on localhost): `sysctl net.ipv4.conf.DEV.route_localnet=1`, filtering what may use it; else find the rule with `nft list ruleset`.',
    benign: 'no',
    where: 'ip_rcv_finish_core',
    since: '6.13',
    see: [IP_SYSCTL, 'net/ipv4/route.c'],
  },
  IP_INVALID_DEST: {
    meaning: 'The destination address is 0.0.0.0 or resolves to something that cannot be a destination.',
    cause: 'A broken sender, or a route that turns the packet into broadcast where that is not allowed.',
    remedy:
      '`sysctl net.ipv4.conf.all.log_martians=1`, then `dmesg | grep martian`; `ip route get DST from SRC iif DEV`.',
    benign: 'no',
    where: 'ip_rcv_finish_core',
    since: '6.13',
    see: ['net/ipv4/route.c'],
  },
  PKT_TOO_BIG: {
    meaning: 'The packet is larger than the MTU of the way out and may not be fragmented.',
    cause: 'A tunnel or VPN eats some of the MTU and path MTU discovery is blocked (ICMP filtered).',
    remedy:
      'Let ICMP type 3 code 4 / ICMPv6 type 2 through, or clamp: `nft … tcp flags syn tcp option maxseg size set rt mtu`; `tracepath DST`. Counter `nstat IpFragFails Ip6InTooBigErrors`.',
    benign: 'no',
    where: 'ip_forward, ip6_forward, ip_fragment, ip6_fragment, do_output (openvswitch)',
    since: '5.19',
    see: ['net/ipv4/ip_forward.c', 'RFC 1191', 'RFC 8201'],
  },
  IPV6_BAD_EXTHDR: {
    meaning: 'The IPv6 extension headers (often of the packet quoted in an ICMPv6 error) do not parse.',
    cause: 'A truncated quote in the error message, a broken sender, or a deliberately odd chain.',
    remedy:
      'Rarely matters; `tcpdump -nvvX icmp6` shows the packet. Counter `nstat Icmp6InErrors Ip6InHdrErrors`.',
    benign: 'no',
    where: 'icmpv6_rcv (icmpv6_notify)',
    since: '6.3',
    see: ['net/ipv6/icmp.c', 'net/ipv6/exthdrs.c'],
  },
  IPV6_TOO_MANY_EXTHDRS: {
    meaning: 'The packet carries more IPv6 extension headers than the kernel is willing to walk (12).',
    cause: 'A crafted packet or a fuzzer; real traffic has one or two.',
    remedy:
      'Block the sender: `nft add rule inet filter input ip6 saddr SRC drop`; `tcpdump -nvv ip6 and src host SRC` shows the chain.',
    benign: 'no',
    where: 'ip6_protocol_deliver_rcu',
    see: ['net/ipv6/ip6_input.c', 'include/net/ipv6.h'],
  },
  ARP_PVLAN_DISABLE: {
    meaning: 'A non-IP packet would leave by the interface it came from, and proxy_arp_pvlan is off.',
    cause: 'Private VLAN: hosts kept apart by the switch ask the router to answer for their neighbours.',
    remedy: 'If the router should answer: `sysctl net.ipv4.conf.DEV.proxy_arp_pvlan=1`.',
    benign: 'no',
    where: 'ip_rcv_finish_core, ip_route_input_noref',
    since: '6.13',
    see: [IP_SYSCTL, 'RFC 3069'],
  },
};
