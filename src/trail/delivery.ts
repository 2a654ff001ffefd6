import type { HopEvent, StageName } from '../events/index.ts';

/** How far one sk_buff has come, as far as its outcome is concerned. */
export interface Reached {
  /** Function that took the packet for a socket or for the kernel's own protocol code. */
  delivered: HopEvent | null;
  /** Handed to a device's driver, and not received since. */
  sent: HopEvent | null;
  /** Put where it may wait: a qdisc, a neighbour's queue, a backlog. */
  waiting: HopEvent | null;
}

/** These end a packet's way into this machine: whoever gets it keeps it. */
const TAKERS: ReadonlySet<string> = new Set([
  '__udp_enqueue_schedule_skb',
  '__sock_queue_rcv_skb',
  'sock_queue_err_skb',
  'sk_data_ready',
  'skb_copy_datagram_iovec',
  '__skb_datagram_iter',
  'tcp_probe',
  'tcp_rcv_established',
  'tcp_rcv_state_process',
  'tcp_rcv_synsent_state_process',
  'tcp_timewait_state_process',
  'tcp_check_req',
  'tcp_conn_request',
  'tcp_data_queue',
  'tcp_queue_rcv',
  'tcp_ack',
  'tcp_add_backlog',
  'icmp_rcv',
  'icmpv6_rcv',
  'icmp_echo',
  'ndisc_rcv',
  'igmp_rcv',
  'arp_process',
  'arp_rcv',
  'ping_rcv',
  'udp_recvmsg',
  'skb_consume_udp',
  'skb_free_datagram',
  'packet_recvmsg',
  'raw_recvmsg',
  'esp_input',
  'sk_psock_verdict_recv',
]);

const WAITERS: ReadonlySet<string> = new Set([
  'qdisc_enqueue',
  '__neigh_event_send',
  'enqueue_to_backlog',
  'netif_rx',
  'nf_queue',
]);
const TRANSMITS: ReadonlySet<string> = new Set(['net_dev_start_xmit', '__dev_direct_xmit']);
const RECEIVES: ReadonlySet<string> = new Set([
  'netif_receive_skb',
  'netif_rx',
  'napi_gro_receive_entry',
  'napi_gro_frags_entry',
  'enqueue_to_backlog',
  'dev_forward_skb',
  'gro_cells_receive',
  'ip_rcv',
  'ipv6_rcv',
  'arp_rcv',
]);
/** After these a packet that was delivered, or sent, is on its way again. */
const GOES_ON: ReadonlySet<StageName> = new Set(['forward', 'output', 'xmit']);

/** Does a packet that this function frees, without dropping it, count as delivered? */
export function isTaker(name: string | null): boolean {
  return name !== null && TAKERS.has(name);
}

export function nothingReached(): Reached {
  return { delivered: null, sent: null, waiting: null };
}

/** Takes a hop into account. */
export function reach(reached: Reached, hop: HopEvent): void {
  if (hop.kind === 'return') return;
  const { function: name, stage } = hop;
  if (RECEIVES.has(name)) reached.sent = null;
  if (TAKERS.has(name)) reached.delivered = hop;
  else if (GOES_ON.has(stage)) reached.delivered = null;
  if (TRANSMITS.has(name)) reached.sent = hop;
  if (stage !== 'free') reached.waiting = WAITERS.has(name) ? hop : null;
}
