/** What an Ethernet header says; `type` is the ethertype behind all VLAN tags. */
export interface EthernetHeader {
  readonly src: string;
  readonly dst: string;
  readonly type: number;
}

export interface ArpMessage {
  /** "request", "reply", or the number as "op-8". */
  readonly op: string;
  readonly senderMac: string;
  readonly senderIp: string;
  readonly targetMac: string;
  readonly targetIp: string;
}

/** Position in the original packet. `offset` in bytes; only the fragment at 0 carries ports. */
export interface Fragment {
  readonly offset: number;
  readonly more: boolean;
  readonly id: number;
}

/** Options of a SYN: what the two ends agree on. */
export interface TcpOptions {
  readonly mss?: number;
  readonly windowScale?: number;
  readonly sackPermitted?: boolean;
  readonly timestamp?: number;
}

/** A tunnel's header; `inner` of the packet that carries it is what was inside. */
export interface Tunnel {
  readonly kind: 'vxlan' | 'geneve' | 'gre' | 'ipip';
  /** VXLAN and Geneve network identifier. */
  readonly vni?: number;
  /** GRE key. */
  readonly key?: number;
}

/** What the headers of one packet say. Plain data; a field is absent where its header is, or was cut off. */
export interface Packet {
  readonly family: 'ipv4' | 'ipv6' | 'arp' | 'other';
  /** "tcp", "udp", "icmp", "icmpv6", "arp", "sctp", "gre", "proto-253"; of other frames "lldp", "stp", "0x88b5". */
  readonly protocol: string;
  /** Bytes as the IP header tells (0 in a giant GSO packet), else the bytes at hand. */
  readonly length: number;
  readonly ethernet?: EthernetHeader;
  /** VLAN ids, the outermost first. */
  readonly vlan?: readonly number[];
  /** Addresses; of ARP those of sender and target. */
  readonly src?: string;
  readonly dst?: string;
  readonly sport?: number;
  readonly dport?: number;
  readonly ttl?: number;
  /** IPv4 identification. */
  readonly id?: number;
  readonly fragment?: Fragment;
  /** Letters in the order F S R P A U E W, as tcpdump has them; "" when none is set. */
  readonly tcpFlags?: string;
  readonly seq?: number;
  readonly ack?: number;
  /** As sent, not scaled. */
  readonly window?: number;
  readonly tcpOptions?: TcpOptions;
  /** Bytes behind the TCP or UDP header, as the headers tell. */
  readonly payload?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  /** "echo-request", "port-unreachable", "neighbor-solicitation"; "type-77" for unknown ones. */
  readonly icmpName?: string;
  /** Identifier and sequence of an echo. */
  readonly icmpId?: number;
  readonly icmpSeq?: number;
  /** Next-hop MTU of fragmentation-needed and packet-too-big. */
  readonly icmpMtu?: number;
  /** Target of a neighbour solicitation or advertisement. */
  readonly icmpTarget?: string;
  /** The packet that an ICMP error is about. */
  readonly quoted?: Packet;
  readonly arp?: ArpMessage;
  readonly tunnel?: Tunnel;
  readonly inner?: Packet;
  /** The bytes end inside a header. */
  readonly truncated?: true;
}

/** A packet being filled in. */
export type Draft = { -readonly [Name in keyof Packet]: Packet[Name] };
