import type { HopEvent, StageName } from '../events/index.ts';

/** A line's stage in the short form; `same`: the hop joins whatever line it falls into. */
const OF_STAGE: Readonly<Record<StageName, string>> = {
  driver: 'receive',
  receive: 'receive',
  gro: 'receive',
  xdp: 'XDP',
  tc: 'tc',
  bridge: 'bridge',
  'ip-input': 'ip input',
  netfilter: 'netfilter',
  conntrack: 'netfilter',
  nat: 'netfilter',
  routing: 'routing',
  forward: 'forward',
  'local-delivery': 'local delivery',
  socket: 'socket',
  tcp: 'tcp',
  udp: 'udp',
  icmp: 'icmp',
  output: 'output',
  neighbour: 'transmit',
  qdisc: 'qdisc',
  xmit: 'transmit',
  tunnel: 'tunnel',
  xfrm: 'IPsec',
  arp: 'arp',
  lineage: 'same',
  free: 'same',
  other: 'same',
};

/** Functions that say more about where a packet is than their stage does. */
const OF_FUNCTION: Readonly<Record<string, string>> = {
  ip_finish_output: 'transmit',
  ip6_finish_output: 'transmit',
  ip_do_fragment: 'fragment',
  ip6_fragment: 'fragment',
  ip_defrag: 'defragment',
  ipv6_frag_rcv: 'defragment',
  skb_scrub_packet: 'same',
  skb_checksum_help: 'same',
  sk_filter_trim_cap: 'same',
  sock_queue_rcv_skb_reason: 'same',
  __sock_queue_rcv_skb: 'same',
  raw_local_deliver: 'same',
  skb_attempt_defer_free: 'same',
  ip_route_me_harder: 'same',
  ip6_route_me_harder: 'same',
  skb_copy_datagram_iovec: 'read',
  __skb_datagram_iter: 'read',
};

/** Routing right behind the IP input is a part of it, as is the way from there to the socket's protocol. */
const JOINS: ReadonlySet<string> = new Set([
  'ip input routing',
  'ip input local delivery',
  'routing local delivery',
  'forward routing',
  'output routing',
]);

/** The stage whose line this hop opens or joins, after a line of stage `before`. */
export function stageLabel(hop: HopEvent, before: string | null): string {
  const own = OF_FUNCTION[hop.function] ?? ofStage(hop);
  if (own === 'same') return before ?? 'other';
  return before !== null && JOINS.has(`${before} ${own}`) ? before : own;
}

function ofStage({ stage, function: name }: HopEvent): string {
  return stage === 'driver' && name.endsWith('_xmit') ? 'transmit' : OF_STAGE[stage];
}

/** Met by every packet of its stage: named only by the long form, or when they answer something unusual. */
export const UNREMARKABLE: ReadonlySet<string> = new Set([
  'validate_xmit_skb',
  'dev_hard_start_xmit',
  'skb_scrub_packet',
  'skb_checksum_help',
  'fib_validate_source',
  'raw_local_deliver',
  'sk_filter_trim_cap',
  'sock_queue_rcv_skb_reason',
  'skb_attempt_defer_free',
  'enqueue_to_backlog',
  'pskb_expand_head',
  '__skb_datagram_iter',
]);

/** nf_hook_slow is told no hook by name: the function before it says which one it is. */
const HOOKS: Readonly<Record<string, string>> = {
  ip_rcv: 'prerouting',
  ipv6_rcv: 'prerouting',
  ip_local_deliver: 'input',
  ip6_input: 'input',
  ip_forward: 'forward',
  ip6_forward: 'forward',
  ip_local_out: 'output',
  __ip_local_out: 'output',
  __ip6_local_out: 'output',
  ip6_local_out: 'output',
  ip_output: 'postrouting',
  ip_mc_output: 'postrouting',
  ip6_output: 'postrouting',
  br_nf_pre_routing: 'bridge prerouting',
  br_nf_forward: 'bridge forward',
  br_nf_post_routing: 'bridge postrouting',
  br_handle_frame_finish: 'bridge',
  br_forward: 'bridge forward',
  arp_rcv: 'arp input',
  arp_xmit: 'arp output',
};

/** Name of the netfilter hook that comes after a function; null when it is not known. */
export function hookAfter(name: string | null): string | null {
  return (name !== null && HOOKS[name]) || null;
}
