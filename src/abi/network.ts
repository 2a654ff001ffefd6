/** Ethernet protocol numbers, host order (include/uapi/linux/if_ether.h, ETH_P_*). */
export const ETHERTYPES = {
  ipv4: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  transparentBridging: 0x6558,
  vlan: 0x8100,
  ipv6: 0x86dd,
  pause: 0x8808,
  slow: 0x8809,
  pppoeDiscovery: 0x8863,
  pppoeSession: 0x8864,
  mpls: 0x8847,
  eapol: 0x888e,
  vlanService: 0x88a8,
  macsec: 0x88e5,
  lldp: 0x88cc,
  ptp: 0x88f7,
  loopback: 0x9000,
} as const;
export type EthertypeName = keyof typeof ETHERTYPES;

/** IP protocol numbers (include/uapi/linux/in.h and in6.h, IPPROTO_*). */
export const IP_PROTOCOLS = {
  hopopts: 0,
  icmp: 1,
  igmp: 2,
  ipip: 4,
  tcp: 6,
  egp: 8,
  pup: 12,
  udp: 17,
  idp: 22,
  dccp: 33,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  rsvp: 46,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  none: 59,
  dstopts: 60,
  pim: 103,
  comp: 108,
  l2tp: 115,
  sctp: 132,
  udplite: 136,
  mpls: 137,
} as const;
export type IpProtocolName = keyof typeof IP_PROTOCOLS;

/** Address families (include/linux/socket.h, AF_*). */
export const ADDRESS_FAMILIES = { unix: 1, inet: 2, bridge: 7, inet6: 10, netlink: 16, packet: 17 } as const;

/** Protocols of netlink sockets (include/uapi/linux/netlink.h, NETLINK_*). */
export const NETLINK = { route: 0, sockDiag: 4, xfrm: 6, audit: 9, netfilter: 12, generic: 16 } as const;

/** net_device.type (include/uapi/linux/if_arp.h, ARPHRD_*): what stands in front of the network header. */
export const LINK_TYPES = {
  ether: 1,
  ppp: 512,
  rawip: 519,
  tunnel: 768,
  tunnel6: 769,
  loopback: 772,
  sit: 776,
  ipgre: 778,
  ip6gre: 823,
  netlink: 824,
  none: 0xfffe,
} as const;

/** skb->pkt_type (include/uapi/linux/if_packet.h, PACKET_*). */
export const PACKET_TYPES = {
  host: 0,
  broadcast: 1,
  multicast: 2,
  otherHost: 3,
  outgoing: 4,
  loopback: 5,
} as const;

/** What a netfilter hook answers, in the low byte (include/uapi/linux/netfilter.h, NF_*). */
export const NETFILTER_VERDICTS = { drop: 0, accept: 1, stolen: 2, queue: 3, repeat: 4, stop: 5 } as const;

/** Hooks of the IPv4 and IPv6 families, in the order a packet can meet them. */
export const NETFILTER_HOOKS = {
  preRouting: 0,
  localIn: 1,
  forward: 2,
  localOut: 3,
  postRouting: 4,
} as const;

/** nf_conn families (include/uapi/linux/netfilter.h, NFPROTO_*). */
export const NETFILTER_FAMILIES = { inet: 1, ipv4: 2, arp: 3, netdev: 5, bridge: 7, ipv6: 10 } as const;
