// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { StageName } from '../../events/index.ts';

/**
 * What a function's return value means: `netfilter` verdicts, `hook` (1 accept, 0 taken, else negative errno), `errno`,
 * `tc` actions, `route` (negative errno; a drop reason from 6.13 on).
 */
export type VerdictKind = 'netfilter' | 'hook' | 'errno' | 'tc' | 'route';

/**
 * Functions that take a `struct sk_buff *`, by the part of the packet path they stand for. Chosen to be met once by
 * a packet that passes that part, not inlined on kernels 5.15 to 6.18; what a kernel lacks is skipped. Where a
 * tracepoint says the same there is no function: net_dev_start_xmit stands for the drivers' and the queues' functions,
 * netif_rx for the backlog. The skb's position is found in BTF.
 */
export const STAGE_FUNCTIONS: Readonly<Partial<Record<StageName, readonly string[]>>> = {
  driver: ['netkit_xmit'],
  receive: ['do_xdp_generic', 'vlan_do_receive', 'skb_vlan_untag', 'dev_forward_skb'],
  gro: ['gro_cells_receive'],
  tc: [
    'tcf_classify',
    'cls_bpf_classify',
    'tcf_mirred_act',
    'skb_do_redirect',
    '__bpf_redirect',
    'tcf_action_exec',
  ],
  bridge: [
    'br_handle_frame_finish',
    'br_pass_frame_up',
    'br_forward',
    'br_flood',
    'br_multicast_flood',
    'br_dev_xmit',
    'br_dev_queue_push_xmit',
    'br_nf_pre_routing',
    'br_nf_forward',
    'br_nf_post_routing',
    'br_do_proxy_suppress_arp',
  ],
  'ip-input': [
    'ip_rcv',
    'ipv6_rcv',
    'ip_sublist_rcv',
    'ip_defrag',
    'ipv6_frag_rcv',
    'ip_mr_input',
    'ip6_mc_input',
  ],
  netfilter: [
    'nf_hook_slow',
    'nft_do_chain_ipv4',
    'nft_do_chain_ipv6',
    'nft_do_chain_inet',
    'nft_do_chain_arp',
    'nft_do_chain_bridge',
    'nft_do_chain_netdev',
    'nft_do_chain_inet_ingress',
    'nft_nat_do_chain',
    'nf_route_table_hook4',
    'nf_route_table_hook6',
    'nf_route_table_inet',
    'nf_hook_run_bpf',
    'ipt_do_table',
    'ip6t_do_table',
    'arpt_do_table',
    'ebt_do_table',
    'nf_queue',
    'nf_send_reset',
    'nf_send_reset6',
    'nf_send_unreach',
    'nf_send_unreach6',
    'nf_flow_offload_ip_hook',
    'nf_flow_offload_ipv6_hook',
    'ip_vs_in_hook',
    'ip_vs_out_hook',
    'ip_vs_nat_xmit',
    'ip_vs_dr_xmit',
    'ip_vs_tunnel_xmit',
    'ipv4_synproxy_hook',
    'ipv6_synproxy_hook',
    'synproxy_send_client_synack',
  ],
  conntrack: [
    'nf_conntrack_in',
    '__nf_conntrack_confirm',
    'nf_ct_resolve_clash',
    'nf_conntrack_attach',
    'nf_ct_helper_log',
  ],
  nat: [
    'nf_nat_packet',
    'nf_nat_manip_pkt',
    'nf_nat_icmp_reply_translation',
    'nf_nat_masquerade_ipv4',
    'nf_nat_masquerade_ipv6',
  ],
  routing: [
    'ip_route_input_slow',
    'fib_validate_source',
    'ip_route_me_harder',
    'ip6_route_me_harder',
    'ip6_route_input',
    'ip_error',
    'ip_handle_martian_source',
    'ip_rt_send_redirect',
  ],
  forward: ['ip_forward', 'ip6_forward', 'ip_mr_forward', 'ip6_mr_forward'],
  'local-delivery': ['ip_local_deliver', 'ip6_input'],
  socket: [
    '__sock_queue_rcv_skb',
    'sock_queue_err_skb',
    'packet_rcv',
    'tpacket_rcv',
    'raw_rcv',
    'rawv6_rcv',
    'ping_rcv',
    'skb_attempt_defer_free',
    'sk_psock_verdict_recv',
  ],
  tcp: [
    'tcp_v4_rcv',
    'tcp_v6_rcv',
    'tcp_v4_do_rcv',
    'tcp_v6_do_rcv',
    'tcp_rcv_established',
    'tcp_rcv_state_process',
    'tcp_rcv_synsent_state_process',
    'tcp_conn_request',
    'tcp_check_req',
    'tcp_data_queue',
    'tcp_data_queue_ofo',
    'tcp_queue_rcv',
    'tcp_add_backlog',
    'tcp_ack',
    'tcp_v4_send_reset',
    'tcp_v6_send_reset',
    'tcp_timewait_state_process',
    'tcp_reset',
    'tcp_child_process',
    'cookie_v4_check',
    'cookie_v6_check',
  ],
  udp: ['udp_rcv', 'udpv6_rcv', '__udp_enqueue_schedule_skb'],
  icmp: [
    'icmp_rcv',
    'icmpv6_rcv',
    'icmp_echo',
    'icmp_unreach',
    '__icmp_send',
    'icmp6_send',
    'ndisc_rcv',
    'igmp_rcv',
  ],
  arp: ['arp_rcv', 'arp_process', 'arp_xmit'],
  output: [
    'ip_output',
    'ip6_output',
    'ip_mc_output',
    'ip_do_fragment',
    'ip6_fragment',
    'dst_discard_out',
    'dev_loopback_xmit',
  ],
  neighbour: [
    'neigh_resolve_output',
    'neigh_connected_output',
    '__neigh_event_send',
    'neigh_direct_output',
    'neigh_blackhole',
  ],
  qdisc: [
    'pfifo_fast_enqueue',
    'fq_codel_enqueue',
    'noop_enqueue',
    'blackhole_enqueue',
    'htb_enqueue',
    'tbf_enqueue',
    'netem_enqueue',
    'fq_enqueue',
    'sfq_enqueue',
    'prio_enqueue',
    'ingress_enqueue',
    'cake_enqueue',
    'codel_qdisc_enqueue',
  ],
  xmit: ['skb_checksum_help', '__dev_direct_xmit', 'netpoll_start_xmit'],
  tunnel: [
    'vxlan_xmit',
    'vxlan_rcv',
    'geneve_xmit',
    'geneve_udp_encap_recv',
    'ipip_tunnel_xmit',
    'ipip_rcv',
    'sit_tunnel_xmit',
    'ipip6_rcv',
    'ip6_tnl_start_xmit',
    'gre_rcv',
    'ipgre_xmit',
    'gre_tap_xmit',
    'ip_tunnel_xmit',
    'ip_tunnel_rcv',
    'iptunnel_xmit',
    'wg_xmit',
    'wg_receive',
    'lwtunnel_xmit',
    'lwtunnel_input',
    'bpf_lwt_push_ip_encap',
    'seg6_input',
    'skb_scrub_packet',
  ],
  xfrm: [
    'xfrm_input',
    'xfrm_output',
    'xfrm_output_resume',
    '__xfrm_policy_check',
    'esp_input',
    'esp_output',
    'esp6_input',
    'esp6_output',
    'xfrm4_transport_finish',
    'xfrmi_xmit',
  ],
};

/** Tracepoints with a skb among their arguments that are always met, and their stages. */
export const STAGE_TRACEPOINTS: Readonly<Record<string, StageName>> = {
  napi_gro_receive_entry: 'driver',
  napi_gro_frags_entry: 'driver',
  netif_rx: 'driver',
  netif_receive_skb: 'receive',
  net_dev_queue: 'xmit',
  net_dev_start_xmit: 'xmit',
  qdisc_enqueue: 'qdisc',
  qdisc_dequeue: 'qdisc',
  skb_copy_datagram_iovec: 'socket',
  sock_rcvqueue_full: 'socket',
  udp_fail_queue_rcv_skb: 'udp',
  tcp_probe: 'tcp',
  tcp_bad_csum: 'tcp',
  tcp_send_reset: 'tcp',
  tcp_retransmit_skb: 'tcp',
  icmp_send: 'icmp',
  kfree_skb: 'free',
  consume_skb: 'free',
};

/** Tracepoints with a socket among their arguments, met right after it got a packet: the newest in its queue. 6.3. */
export const SOCKET_TRACEPOINTS: Readonly<Record<string, StageName>> = { sk_data_ready: 'socket' };

/** Tracepoints without a packet that tell what GRO did with the one that entered it; for where no function can be probed. */
export const GRO_EXITS: readonly string[] = ['napi_gro_receive_exit', 'napi_gro_frags_exit'];

/** Tracepoints where packets enter: only these, and GATE_FUNCTIONS, run the filter. */
export const GATE_TRACEPOINTS: Readonly<Record<string, 'driver' | 'receive' | 'output'>> = {
  napi_gro_receive_entry: 'driver',
  napi_gro_frags_entry: 'driver',
  netif_receive_skb: 'receive',
  net_dev_queue: 'output',
};

/**
 * Functions where locally made packets have all their headers for the first time. ip_local_out is inlined into some of
 * its callers; __ip_local_out, which it calls, is met by all.
 */
export const GATE_FUNCTIONS: Readonly<Record<string, StageName>> = {
  ip_local_out: 'output',
  __ip_local_out: 'output',
  __ip6_local_out: 'output',
  ip6_local_out: 'output',
  ip6_output: 'output',
};

/**
 * Functions whose answer decides about the packet: a return probe shows it. Of netfilter's, every hook function that can
 * drop and runs only where it is used; so nf_hook_slow, which every packet runs through several times, needs none.
 */
export const VERDICTS: Readonly<Record<string, VerdictKind>> = {
  nf_conntrack_in: 'netfilter',
  __nf_conntrack_confirm: 'netfilter',
  nft_do_chain_ipv4: 'netfilter',
  nft_do_chain_ipv6: 'netfilter',
  nft_do_chain_inet: 'netfilter',
  nft_do_chain_arp: 'netfilter',
  nft_do_chain_bridge: 'netfilter',
  nft_do_chain_netdev: 'netfilter',
  nft_do_chain_inet_ingress: 'netfilter',
  nft_nat_do_chain: 'netfilter',
  nf_route_table_hook4: 'netfilter',
  nf_route_table_hook6: 'netfilter',
  nf_route_table_inet: 'netfilter',
  nf_hook_run_bpf: 'netfilter',
  ipt_do_table: 'netfilter',
  ip6t_do_table: 'netfilter',
  arpt_do_table: 'netfilter',
  ebt_do_table: 'netfilter',
  nf_nat_packet: 'netfilter',
  ip_vs_in_hook: 'netfilter',
  ip_vs_out_hook: 'netfilter',
  ipv4_synproxy_hook: 'netfilter',
  ipv6_synproxy_hook: 'netfilter',
  ip_route_input_slow: 'route',
  fib_validate_source: 'errno',
  tcf_classify: 'tc',
  cls_bpf_classify: 'tc',
  skb_do_redirect: 'errno',
};

/** Shown only of functions that were asked for, by `all` or by name: they are met often, and say what others say. */
export const ASKED_VERDICTS: Readonly<Record<string, VerdictKind>> = {
  nf_hook_slow: 'hook',
  nf_confirm: 'netfilter',
  nf_nat_inet_fn: 'netfilter',
  nft_do_chain: 'netfilter',
  br_nf_pre_routing: 'netfilter',
  br_nf_post_routing: 'netfilter',
  ip_route_input_noref: 'route',
  sk_filter_trim_cap: 'errno',
};

/** The packet's bytes are compared here: after whatever may have rewritten them. */
export const LOOK_FUNCTIONS: ReadonlySet<string> = new Set([
  'ip_route_input_slow',
  'ip6_route_input',
  'ip_local_deliver',
  'ip6_input',
  'ip_forward',
  'ip6_forward',
  'ip_output',
  'ip_rcv',
  'ipv6_rcv',
  'tcp_v4_rcv',
  'tcp_v6_rcv',
  'udp_rcv',
  'udpv6_rcv',
  'icmp_rcv',
  'icmpv6_rcv',
  'iptunnel_xmit',
  'nf_hook_slow',
  'br_handle_frame_finish',
]);

/** What makes new bytes for a packet that is followed, or puts it into another one: always probed where it can be. */
export const LINEAGE_FUNCTIONS = {
  expand: ['pskb_expand_head'],
  copy: ['skb_copy', 'skb_copy_expand', '__pskb_copy_fclone', 'skb_realloc_headroom'],
  cut: ['ip_frag_next', 'ip6_frag_next'],
  segment: ['__skb_gso_segment'],
  fragment: ['ip_fraglist_prepare', 'ip6_fraglist_prepare'],
  merge: ['skb_gro_receive', 'skb_gro_receive_list'],
  enqueue: ['inet_frag_queue_insert'],
  reassemble: ['inet_frag_reasm_finish'],
  release: ['skb_release_data'],
} as const;

const STAGE_OF: ReadonlyMap<string, StageName> = new Map<string, StageName>([
  ...Object.entries(STAGE_FUNCTIONS).flatMap(([stage, names]) =>
    names.map((name): [string, StageName] => [name, stage as StageName]),
  ),
  ...Object.entries(GATE_FUNCTIONS),
  ...Object.values(LINEAGE_FUNCTIONS).flatMap(names =>
    names.map((name): [string, StageName] => [name, 'lineage']),
  ),
]);

/** `other` for a function that the table does not have. */
export function stageOf(name: string): StageName {
  return STAGE_OF.get(name) ?? 'other';
}
