import type { Packet } from '../packet/index.ts';

/**
 * reset-sent, reset-received: a TCP RST; retransmit: a segment sent again; icmp-sent: an ICMP error of this host;
 * state: a socket changed its state; udp-refused: a datagram that a socket did not take; neighbour-failed: a next hop
 * that does not answer; lookup-failed: a route lookup without a usable route.
 */
export type SignalKind =
  | 'reset-sent'
  | 'reset-received'
  | 'retransmit'
  | 'icmp-sent'
  | 'state'
  | 'udp-refused'
  | 'neighbour-failed'
  | 'lookup-failed';

export type SignalFamily = 'ipv4' | 'ipv6';

/** Something that the stack did or noticed, as its tracepoint tells. */
export interface SignalEvent {
  readonly type: 'signal';
  readonly kind: SignalKind;
  /** Wall time, ISO 8601 with microseconds, UTC. */
  readonly time: string;
  /** CLOCK_MONOTONIC, ns. */
  readonly ts: number;
  readonly cpu: number;
  readonly netns: number | null;
  readonly netnsName: string | null;
  readonly ifindex: number | null;
  /** Whoever was on the CPU: the caller for close(2) or connect(2), anybody in a softirq. */
  readonly process: { readonly pid: number; readonly comm: string };
  readonly family: SignalFamily | null;
  readonly protocol: string | null;
  /** The socket's own end; of lookups the packet's source; of neighbours null. */
  readonly src: string | null;
  readonly sport: number | null;
  /** The socket's peer; of lookups the destination; of neighbours the next hop. */
  readonly dst: string | null;
  readonly dport: number | null;
  /** State of the socket, "ESTABLISHED"; "NONE" where there is no socket; null where it does not apply. */
  readonly state: string | null;
  /** Kind state: the state before. */
  readonly oldState: string | null;
  /** Reset reason without prefix; null before 6.10. */
  readonly reason: string | null;
  /** "ENETUNREACH", "ENOMEM" … */
  readonly error: string | null;
  /** Kind icmp-sent: what was sent; `packet` is what it was sent about. */
  readonly icmp: { readonly type: number; readonly code: number } | null;
  /** Kind lookup-failed: the routing table. */
  readonly table: number | null;
  readonly mark: number;
  /** "name+0xoffset", innermost first; [] unless a socket sent a reset by itself, and functions have names. */
  readonly stack: readonly string[];
  /** Kernel function or tracepoint that told. */
  readonly source: string;
  readonly skb: string | null;
  /** The packet concerned, as it came in; null where there was none. */
  readonly packet: Packet | null;
}
