import type { SeenLook } from '../../events/index.ts';
import type { Packet } from '../../packet/index.ts';
import type { Journey } from '../../trail/index.ts';
import { Way } from './way.ts';

const SYN: Packet = {
  family: 'ipv4',
  protocol: 'tcp',
  length: 60,
  src: '10.0.0.1',
  dst: '10.0.0.2',
  sport: 5000,
  dport: 8080,
  ttl: 64,
  tcpFlags: 'S',
  seq: 1,
  window: 64240,
};
const UDP: Packet = { family: 'ipv4', protocol: 'udp', length: 33, src: '10.0.0.1', dst: '10.0.0.2', sport: 5000, dport: 53, ttl: 64 };

const space = (netnsName: string, netns: number, ifname: string | null, ifindex: number | null): Partial<SeenLook> => ({
  netnsName,
  netns,
  ifname,
  ifindex,
});
const CLIENT = space('client', 4026532001, null, null);
const CLIENT_ETH0 = space('client', 4026532001, 'eth0', 2);
const WEB = space('web', 4026532002, 'eth0', 2);
const HOST = (ifname: string, ifindex: number): Partial<SeenLook> => space('host', 4026531840, ifname, ifindex);

/** Local output to a veth's other end, as 6.12 shows it. */
const SENT = [
  'output ip_finish_output',
  'neighbour neigh_resolve_output',
  'xmit net_dev_queue',
  'xmit validate_xmit_skb',
  'xmit dev_hard_start_xmit',
  'xmit net_dev_start_xmit',
  'driver veth_xmit',
  'tunnel skb_scrub_packet',
];
const RECEIVED = ['driver netif_rx', 'receive enqueue_to_backlog', 'receive netif_receive_skb'];
const ROUTED = [
  'routing ip_route_input_slow',
  'routing fib_validate_source',
  'routing fib_validate_source = ok',
  'routing ip_route_input_slow = ok',
];
const INPUT = ['ip-input ip_rcv', ...ROUTED, 'local-delivery ip_local_deliver'];
const ACCEPTED = ['netfilter nf_hook_slow', 'netfilter nf_hook_slow = accept'];

function overVeth(packet: Packet): Way {
  return new Way({ ...CLIENT, packet, protocol: 0 })
    .hops('output __ip_local_out', 'output ip_output')
    .change({ ...CLIENT_ETH0, protocol: 0x0800 })
    .hops(...ACCEPTED, ...SENT)
    .change(WEB)
    .wait(40)
    .hops(...RECEIVED);
}

function nftDrop(): Journey {
  return overVeth(SYN)
    .hops(...INPUT, 'netfilter nf_hook_slow', 'netfilter nft_do_chain_inet')
    .dropped('NETFILTER_DROP', 'nft_do_chain+0x40f [nf_tables]')
    .hops('netfilter nft_do_chain_inet = stolen', 'netfilter nf_hook_slow = drop (EPERM)')
    .journey();
}

function udpRead(): Journey {
  return overVeth(UDP)
    .hops(...INPUT, 'local-delivery ip_protocol_deliver_rcu', 'udp udp_rcv', 'udp udp_queue_rcv_skb')
    .hops('socket sk_filter_trim_cap', 'udp __udp_enqueue_schedule_skb')
    .wait(2300)
    .hops('socket skb_copy_datagram_iovec', 'socket __skb_datagram_iter')
    .freed('udp_recvmsg+0x1f0')
    .ended('delivered', { function: 'skb_copy_datagram_iovec' })
    .journey();
}

/** In by one device of a router, destination and source translated, out by another. */
function router(): Journey {
  const state = { state: 'new', status: ['confirmed'], mark: 0 };
  const dnat: Packet = { ...SYN, dst: '192.168.1.10', dport: 80 };
  const snat: Packet = { ...dnat, src: '192.168.1.1', sport: 1025, ttl: 63 };
  return new Way({ ...space('router', 4026532009, 'wan', 3), packet: { ...SYN, dst: '203.0.113.5' } })
    .hops('receive netif_receive_skb', 'ip-input ip_rcv', 'netfilter nf_hook_slow', 'conntrack nf_conntrack_in')
    .hops('conntrack nf_conntrack_in = accept', 'netfilter nft_do_chain_ipv4', 'nat nf_nat_manip_pkt')
    .change({ packet: dnat, conntrack: { ...state, status: ['dst-nat'] } })
    .hops('netfilter nft_do_chain_ipv4 = accept', 'netfilter nf_hook_slow = accept', ...ROUTED, 'forward ip_forward')
    .change({ mark: 0x17 })
    .hops(...ACCEPTED, 'output ip_output')
    .change({ ...space('router', 4026532009, 'lan', 4), ttl: 63 })
    .hops('netfilter nf_hook_slow', 'netfilter nft_do_chain_ipv4', 'nat nf_nat_manip_pkt')
    .change({ packet: snat, conntrack: { ...state, status: ['src-nat', 'dst-nat', 'confirmed'] } })
    .hops('netfilter nft_do_chain_ipv4 = accept', 'conntrack __nf_conntrack_confirm', 'netfilter nf_hook_slow = accept')
    .hops(...SENT.slice(0, 6))
    .ended('sent', { function: 'net_dev_start_xmit', why: 'its driver has not freed it yet' })
    .journey();
}

/** The answer comes back through the same connection. */
function routerReply(): Journey {
  const conntrack = { state: 'established-reply', status: ['src-nat', 'dst-nat', 'seen-reply'], mark: 0 };
  const reply: Packet = { ...SYN, src: '192.168.1.10', dst: '192.168.1.1', sport: 80, dport: 1025, tcpFlags: 'SA', ack: 2 };
  return new Way({ ...space('router', 4026532009, 'lan', 4), packet: reply }, 8)
    .hops('receive netif_receive_skb', 'ip-input ip_rcv', 'netfilter nf_hook_slow', 'conntrack nf_conntrack_in')
    .change({ packet: { ...reply, dst: '10.0.0.1', dport: 5000 }, conntrack })
    .hops('netfilter nf_hook_slow = accept', 'forward ip_forward', 'output ip_output')
    .change({ ...space('router', 4026532009, 'wan', 3), packet: { ...reply, src: '203.0.113.5', sport: 8080, dst: '10.0.0.1', dport: 5000 } })
    .hops(...SENT.slice(0, 6))
    .ended('sent', { function: 'net_dev_start_xmit' })
    .journey();
}

function vxlan(): Journey {
  const outer: Packet = {
    family: 'ipv4',
    protocol: 'udp',
    length: 110,
    src: '192.0.2.1',
    dst: '192.0.2.2',
    sport: 41000,
    dport: 4789,
    tunnel: { kind: 'vxlan', vni: 42 },
    inner: SYN,
  };
  return new Way({ ...CLIENT, packet: SYN })
    .hops('output __ip_local_out', 'output ip_output')
    .change(space('client', 4026532001, 'vxlan42', 5))
    .hops('output ip_finish_output', 'xmit net_dev_queue', 'tunnel vxlan_xmit', 'tunnel udp_tunnel_xmit_skb')
    .change({ packet: outer, length: 110 })
    .hops('tunnel iptunnel_xmit', 'output __ip_local_out', 'output ip_output')
    .change(CLIENT_ETH0)
    .hops(...SENT)
    .change(WEB)
    .hops(...RECEIVED, ...INPUT, 'udp udp_rcv', 'udp udp_queue_rcv_skb', 'tunnel vxlan_rcv')
    .change({ ...space('web', 4026532002, 'vxlan42', 7), packet: SYN, length: 60 })
    .hops('gro gro_cells_receive', 'receive netif_receive_skb', ...INPUT, 'tcp tcp_v4_rcv', 'tcp tcp_v4_do_rcv')
    .hops('tcp tcp_rcv_state_process', 'tcp tcp_conn_request')
    .freed('tcp_rcv_state_process+0x466')
    .ended('delivered', { function: 'tcp_conn_request' })
    .journey();
}

/** An ARP request goes to three ports of a bridge: two namespaces hear it, one drops it. */
function bridgeFlood(): Journey {
  const arp: Packet = {
    family: 'arp',
    protocol: 'arp',
    length: 28,
    src: '10.0.0.1',
    dst: '10.0.0.2',
    arp: { op: 'request', senderMac: '02:00:00:00:00:01', senderIp: '10.0.0.1', targetMac: '00:00:00:00:00:00', targetIp: '10.0.0.2' },
  };
  const way = new Way({ ...HOST('p0', 10), packet: arp, length: 28, protocol: 0x0806, ttl: null })
    .hops('receive netif_receive_skb', 'bridge br_handle_frame_finish', 'bridge br_flood');
  ['b', 'c', 'd'].forEach((letter, index) => {
    way.on('a').child('clone', letter, 'br_flood').on(letter);
    way.change(HOST(`p${index + 1}`, 11 + index)).hops('bridge br_forward', 'xmit net_dev_queue', 'xmit net_dev_start_xmit', 'driver veth_xmit');
    way.change(index < 2 ? space('web', 4026532002, 'eth0', 2) : space('db', 4026532003, 'eth0', 2));
    way.hops('driver netif_rx', 'receive netif_receive_skb', 'arp arp_rcv');
    if (index === 2) way.dropped('OTHERHOST', 'arp_rcv+0x5c');
    else way.hops('arp arp_process').freed('arp_process+0x77').ended('delivered', { function: 'arp_process' });
  });
  return way.on('a').hops('bridge br_pass_frame_up').freed('arp_process+0x77').ended('consumed', { function: 'arp_process', why: 'arp_process was done with it: freed without being a drop' }).journey('delivered');
}

/** A TCP segment larger than the device takes is cut into pieces before it leaves. */
function gso(): Journey {
  const big: Packet = { ...SYN, tcpFlags: 'PA', ack: 1, length: 4396, payload: 4344 };
  const way = new Way({ ...CLIENT_ETH0, packet: big, length: 4396 })
    .hops('output __ip_local_out', 'output ip_output', 'output ip_finish_output', 'xmit net_dev_queue', 'xmit validate_xmit_skb', 'lineage __skb_gso_segment');
  ['b', 'c', 'd'].forEach((letter, index) => {
    way.on('a').child('segment', letter, '__skb_gso_segment').on(letter);
    way.change({ length: index < 2 ? 1500 : 1496 }).hops('xmit dev_hard_start_xmit', 'xmit net_dev_start_xmit');
    way.ended('sent', { function: 'net_dev_start_xmit' });
  });
  way.on('a').freed('validate_xmit_skb_list+0x90').ended('consumed', { function: 'validate_xmit_skb_list', why: 'cut into segments' });
  return way.journey('sent');
}

function ipv6(): Journey {
  const echo: Packet = {
    family: 'ipv6',
    protocol: 'icmpv6',
    length: 64,
    src: 'fd00::1',
    dst: 'fd00::2',
    ttl: 64,
    icmpType: 128,
    icmpCode: 0,
    icmpName: 'echo-request',
    icmpId: 77,
    icmpSeq: 1,
  };
  return new Way({ ...CLIENT, packet: echo, length: 104, protocol: 0 })
    .hops('output __ip6_local_out', 'output ip6_output')
    .change({ ...CLIENT_ETH0, protocol: 0x86dd })
    .hops(...ACCEPTED, 'output ip6_finish_output', ...SENT.slice(1))
    .change(WEB)
    .hops(...RECEIVED, 'ip-input ipv6_rcv', 'routing ip6_route_input', 'local-delivery ip6_input', ...ACCEPTED)
    .hops('local-delivery ip6_protocol_deliver_rcu', 'icmp icmpv6_rcv')
    .freed('icmpv6_rcv+0x279')
    .ended('delivered', { function: 'icmpv6_rcv' })
    .journey();
}

/** A datagram in three fragments, put together again at the other end, for a port that nobody listens on. */
function fragments(): Journey {
  const datagram: Packet = { ...UDP, length: 4028 };
  const way = new Way({ ...CLIENT, packet: datagram, length: 4028 })
    .hops('output __ip_local_out', 'output ip_output')
    .change(CLIENT_ETH0)
    .hops('output ip_finish_output', 'output ip_do_fragment')
    .child('fragment', 'b', 'ip_fraglist_prepare')
    .child('fragment', 'c', 'ip_fraglist_prepare');
  ['a', 'b', 'c'].forEach((letter, index) => {
    way.on(letter).change({ length: index < 2 ? 1500 : 1068 }).hops('neighbour neigh_resolve_output', 'xmit net_dev_queue', 'driver veth_xmit');
    way.change(WEB).hops('driver netif_rx', 'receive netif_receive_skb', 'ip-input ip_rcv', 'local-delivery ip_local_deliver', 'ip-input ip_defrag');
  });
  for (const letter of ['a', 'b'])
    way.on(letter).freed('inet_frag_reasm_prepare+0xf1').ended('consumed', { function: 'inet_frag_reasm_prepare', why: 'put together with the other fragments' });
  return way
    .on('c')
    .change({ length: 4028 })
    .hops('netfilter nf_hook_slow', 'netfilter nf_hook_slow = accept', 'local-delivery ip_protocol_deliver_rcu', 'udp udp_rcv')
    .dropped('NO_SOCKET', '__udp4_lib_rcv+0x545')
    .journey('dropped');
}

function redirectPeer(): Journey {
  return new Way({ ...CLIENT, packet: SYN })
    .hops('output __ip_local_out', 'output ip_output')
    .change(CLIENT_ETH0)
    .hops(...SENT)
    .change(HOST('veth1', 9))
    .hops(...RECEIVED, 'tc tcf_classify', 'tc tcf_classify = redirect', 'tc skb_do_redirect')
    .note(
      'redirect-peer',
      "moved straight into web's eth0 (bpf_redirect_peer): the host's end of the pair, netfilter and conntrack of host were skipped",
    )
    .change(WEB)
    .hops(...INPUT, 'tcp tcp_v4_rcv', 'tcp tcp_v4_do_rcv', 'tcp tcp_rcv_state_process', 'tcp tcp_conn_request')
    .freed('tcp_rcv_state_process+0x466')
    .ended('delivered', { function: 'tcp_conn_request' })
    .journey();
}

/** ping's raw socket takes a clone; the reply itself finds no ping socket, which is no loss. */
function pingReply(): Journey {
  const reply: Packet = { family: 'ipv4', protocol: 'icmp', length: 84, src: '10.0.0.2', dst: '10.0.0.1', ttl: 64, icmpType: 0, icmpCode: 0, icmpName: 'echo-reply', icmpId: 9, icmpSeq: 1 };
  return new Way({ ...WEB, packet: reply, length: 84 })
    .hops('xmit net_dev_queue', 'xmit net_dev_start_xmit')
    .change(CLIENT_ETH0)
    .hops('driver netif_rx', 'receive netif_receive_skb', 'ip-input ip_rcv', 'local-delivery ip_local_deliver')
    .child('clone', 'b', 'raw_rcv')
    .on('b')
    .hops('socket raw_rcv', 'socket __sock_queue_rcv_skb')
    .on('a')
    .hops('icmp icmp_rcv', 'socket ping_rcv')
    .dropped('NO_SOCKET', 'ping_rcv+0xab')
    .on('b')
    .wait(300)
    .hops('socket skb_copy_datagram_iovec')
    .freed('raw_recvmsg+0xaa')
    .ended('delivered', { function: 'skb_copy_datagram_iovec' })
    .journey('delivered');
}

function tracepointsOnly(): Journey {
  return new Way({ ...CLIENT_ETH0, packet: SYN })
    .hops('xmit net_dev_queue', 'xmit net_dev_start_xmit')
    .change(WEB)
    .hops('driver netif_rx', 'receive netif_receive_skb')
    .dropped('NETFILTER_DROP', 'nft_do_chain+0x3e8')
    .journey();
}

function queued(): Journey {
  return new Way({ ...CLIENT, packet: UDP })
    .hops('output __ip_local_out', 'output ip_output')
    .change(CLIENT_ETH0)
    .hops('output ip_finish_output', 'xmit net_dev_queue', 'qdisc tbf_enqueue', 'qdisc qdisc_enqueue')
    .ended('queued', { function: 'qdisc_enqueue', why: 'waiting since qdisc_enqueue' })
    .journey();
}

function lost(): Journey {
  return new Way({ ...HOST('eth0', 2), packet: null })
    .hops('receive netif_receive_skb')
    .ended('lost', { function: 'netif_receive_skb', why: 'last seen at netif_receive_skb when the run ended' })
    .journey();
}

/** Ways of packets as real kernels show them, by what they are about. */
export const JOURNEYS: Readonly<Record<string, () => Journey>> = {
  'nft-drop': nftDrop,
  'udp-read': udpRead,
  router,
  'router-reply': routerReply,
  vxlan,
  'bridge-flood': bridgeFlood,
  gso,
  ipv6,
  fragments,
  'redirect-peer': redirectPeer,
  'ping-reply': pingReply,
  tracepoints: tracepointsOnly,
  queued,
  lost,
};
