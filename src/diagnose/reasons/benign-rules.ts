/** What must be known of the packet, besides reason and place, for a rule to hold. */
export type Condition = 'chatter-group' | 'to-everybody' | 'closing' | 'promiscuous' | 'switch-chatter';

/** Reasons as text; null stands for kernels before 5.17, which give none. */
export interface BenignRule {
  readonly reasons: readonly (string | null)[];
  /** "core" unless said. */
  readonly subsystem?: string;
  /** Without compiler suffixes; any place when not given. */
  readonly functions?: readonly string[];
  readonly when?: Condition;
  readonly why: string;
}

/** Kernels up to 5.16 give no reason, later ones this one, where nobody said why. */
const UNNAMED = ['NOT_SPECIFIED', null] as const;

/**
 * Where a drop is no loss to anybody. Besides these rows a reason that is always benign needs none.
 * Seen: on which kernels a healthy machine produced it (idle, IPv6 set up, ping, TCP and UDP exchanges, teardown).
 */
export const BENIGN_RULES: readonly BenignRule[] = [
  // Multicast of the link that this host did not join. Seen 6.1, 6.12, 6.18.
  {
    reasons: UNNAMED,
    functions: ['ip6_mc_input', 'ip6_rcv_core', 'ipv6_rcv'],
    when: 'chatter-group',
    why: 'IPv6 multicast of the link (discovery) for a group this host has not joined',
  },
  // Seen 6.1, 6.12, 6.18: IGMP, mDNS; on every kernel a martian source of unicast ends at the same place.
  {
    reasons: UNNAMED,
    functions: ['ip_rcv_finish_core', 'ip_rcv_finish', 'ip_route_input_noref'],
    when: 'chatter-group',
    why: 'IPv4 multicast of the link (discovery) for a group this host has not joined',
  },
  // Seen 6.1, 6.12, 6.18 while an interface comes up: the ff00::/8 route is not there yet.
  {
    reasons: ['IP_INNOROUTES', null],
    functions: ['ip6_pkt_discard', 'ip6_pkt_drop'],
    when: 'chatter-group',
    why: 'IPv6 multicast of the link heard before IPv6 was set up on the interface',
  },
  {
    reasons: ['IPV6DISABLED'],
    functions: ['ip6_rcv_core', 'ipv6_rcv'],
    when: 'chatter-group',
    why: 'IPv6 multicast of the link on an interface where IPv6 is switched off',
  },
  // Seen 6.1, 6.12, 6.18; counted as UdpIgnoredMulti.
  {
    reasons: UNNAMED,
    functions: ['__udp4_lib_rcv', '__udp4_lib_mcast_deliver', '__udp6_lib_rcv', '__udp6_lib_mcast_deliver'],
    when: 'to-everybody',
    why: 'a broadcast or discovery datagram that no program here listens for',
  },
  {
    reasons: UNNAMED,
    functions: ['igmp_rcv'],
    why: 'an IGMP message that asks nothing of this host',
  },
  // Seen 6.1: icmpv6_rcv frees messages it has handled as drops; later ones give real reasons.
  {
    reasons: UNNAMED,
    functions: ['icmpv6_rcv'],
    why: 'an ICMPv6 message that was handled, or needs no answer',
  },
  // Seen 6.1, 6.12, 6.18: raw sockets (ping) took their copy before.
  {
    reasons: ['NO_SOCKET'],
    functions: ['ping_rcv', 'icmp_rcv', 'icmpv6_rcv'],
    why: 'an echo reply; ping’s raw socket has its own copy',
  },
  {
    reasons: ['UNHANDLED_PROTO', null],
    functions: ['__netif_receive_skb_core', '__netif_receive_skb_one_core', '__netif_receive_skb_list_core'],
    when: 'switch-chatter',
    why: 'frames between switches (LLDP, STP, LACP …) that no program here listens to',
  },
  {
    reasons: UNNAMED,
    functions: ['llc_rcv'],
    why: 'an LLC frame (STP, CDP …) that nothing here listens to',
  },
  {
    reasons: ['OTHERHOST'],
    when: 'promiscuous',
    why: 'meant for another machine; seen as the device is promiscuous',
  },
  // Closing sockets. Seen 6.1 (no reason of their own), 6.12, 6.18.
  {
    reasons: ['QUEUE_PURGE', ...UNNAMED],
    functions: [
      'inet_sock_destruct',
      'udp_destruct_common',
      'udp_destruct_sock',
      'udpv6_destruct_sock',
      'sk_stream_kill_queues',
      'tcp_disconnect',
      'skb_queue_purge',
      'skb_queue_purge_reason',
      'skb_errqueue_purge',
      'unix_release_sock',
    ],
    why: 'unread data of a socket its program has closed',
  },
  // Before 6.2 parts are always freed as drops, also those of a packet that was delivered. Seen 6.1.
  {
    reasons: UNNAMED,
    functions: ['skb_release_data'],
    why: 'a part (a fragment, a segment that GRO merged) of a packet whose own end is told',
  },
  // Local sockets: the caller gets the error from the system call. Seen 6.1, 6.12.
  {
    reasons: UNNAMED,
    functions: ['unix_stream_connect', 'unix_dgram_connect', 'unix_dgram_sendmsg', 'unix_stream_sendmsg'],
    why: 'a local (AF_UNIX) call that failed; its caller was told',
  },
  // Every message of vsock that carries no data ends here. Seen 6.18.
  {
    reasons: UNNAMED,
    functions: ['virtio_transport_recv_pkt'],
    why: 'a handled control message between this VM and its host (vsock)',
  },
  {
    reasons: UNNAMED,
    functions: ['do_one_broadcast', 'netlink_broadcast_filtered', 'netlink_broadcast', 'netlink_unicast'],
    why: 'a kernel message (netlink) that its listener filtered out or nobody waits for',
  },
  // The last steps of TCP connections. Seen 6.1, 6.12, 6.18 in a healthy transfer.
  {
    reasons: ['NOT_SPECIFIED'],
    functions: ['tcp_rcv_state_process'],
    why: 'an ACK that did its work while the connection closes',
  },
  // A bare ACK here is not benign before 6.15: the accept queue was full (TCP_LISTEN_OVERFLOW since).
  {
    reasons: ['NOT_SPECIFIED'],
    functions: ['tcp_v4_rcv', 'tcp_v6_rcv'],
    when: 'closing',
    why: 'the last FIN or a reset of a connection, taken by TIME_WAIT',
  },
  {
    reasons: ['TCP_CLOSE'],
    functions: ['tcp_rcv_state_process'],
    why: 'a segment that waited while its connection was closed',
  },
  {
    reasons: ['TCP_OLD_SEQUENCE'],
    why: 'a keepalive, window probe or duplicate; its bytes were received before',
  },
  {
    reasons: ['RX_DROP', '0x10000'],
    subsystem: 'mac80211_unusable',
    why: 'a Wi-Fi frame without data for this host',
  },
  {
    reasons: ['RX_DROP_MONITOR', '0x20000'],
    subsystem: 'mac80211_monitor',
    why: 'a Wi-Fi frame without data for this host',
  },
];
