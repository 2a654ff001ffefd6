import type { DropQuestion } from './benign.ts';

interface PlaceHint {
  readonly reasons: readonly (string | null)[];
  readonly functions: readonly string[];
  readonly hint: string;
}

const UNNAMED = ['NOT_SPECIFIED', null] as const;
const ANY_FIREWALL = ['NETFILTER_DROP', ...UNNAMED] as const;

/** What a reason means at one place, where the place says more than the reason. */
const PLACE_HINTS: readonly PlaceHint[] = [
  {
    reasons: ANY_FIREWALL,
    functions: ['nft_do_chain'],
    hint: 'An nftables rule or chain policy dropped it (iptables-nft too): `nft monitor trace` names the rule.',
  },
  {
    reasons: ANY_FIREWALL,
    functions: ['nf_hook_slow'],
    hint: 'A netfilter hook dropped it: iptables-legacy rule, conntrack table full (`conntrack -S`: drop), NAT clash (insert_failed); up to 6.1 nftables rules as well.',
  },
  {
    reasons: UNNAMED,
    functions: ['tcp_v4_rcv', 'tcp_v6_rcv'],
    hint: 'Before 6.15 this is also the last ACK of a handshake that met a full accept queue: `ss -lnt`, `nstat TcpExtListenOverflows`; else a segment for TIME_WAIT.',
  },
  {
    reasons: UNNAMED,
    functions: ['ip_rcv_finish_core', 'ip_rcv_finish'],
    hint: 'Before 6.13 a martian source or destination, or multicast not joined: `sysctl net.ipv4.conf.all.log_martians=1` and `dmesg | grep martian`.',
  },
  {
    reasons: UNNAMED,
    functions: ['ip6_mc_input'],
    hint: 'IPv6 multicast to a group nobody here joined on this interface: `ip -6 maddr show dev DEV`.',
  },
  {
    reasons: UNNAMED,
    functions: ['ip_error', 'ip_forward', 'ip6_forward', 'ip6_pkt_drop', 'ip6_pkt_discard'],
    hint: 'Routing refused it: prohibit or blackhole route, forwarding off, or a check before it: `ip route get DST from SRC iif DEV`.',
  },
  {
    reasons: UNNAMED,
    functions: [
      'br_handle_frame',
      'br_handle_frame_finish',
      'br_flood',
      'br_forward',
      '__br_forward',
      'br_multicast_flood',
    ],
    hint: 'The bridge had no port to send it to, or the port is not forwarding, or its VLAN is not allowed: `bridge -d link show`, `bridge vlan show`, `bridge fdb show`.',
  },
  {
    reasons: UNNAMED,
    functions: ['br_dev_queue_push_xmit', '__dev_forward_skb', '__dev_forward_skb2', 'dev_forward_skb'],
    hint: 'The frame is larger than the MTU of the next device, or that device is down: `ip link show`, `ip -s -s link`.',
  },
  {
    reasons: UNNAMED,
    functions: ['veth_xmit'],
    hint: 'The peer of the veth pair is gone or down, or its ring is full: `ip -d link show DEV`, `ethtool -S DEV`.',
  },
  {
    reasons: UNNAMED,
    functions: ['vxlan_rcv', 'vxlan_xmit', 'vxlan_xmit_one', 'vxlan_encap_bypass'],
    hint: 'VXLAN before 6.13 gives no reason: unknown VNI, no remote for the MAC, own MAC, or bad header: `ip -d link show DEV`, `bridge fdb show dev DEV`.',
  },
  {
    reasons: UNNAMED,
    functions: [
      'net_tx_action',
      'dev_kfree_skb_irq_reason',
      '__dev_kfree_skb_irq',
      'dev_kfree_skb_any_reason',
    ],
    hint: 'Freed later on behalf of a driver: its own counters tell why: `ethtool -S DEV`, `ip -s -s link show DEV`.',
  },
  {
    reasons: UNNAMED,
    functions: ['neigh_resolve_output', 'neigh_connected_output', 'arp_solicit'],
    hint: 'The link-layer header could not be built: `ip -d link show DEV`, `ip neigh show dev DEV`.',
  },
  {
    reasons: UNNAMED,
    functions: ['arp_process', 'arp_rcv'],
    hint: 'A malformed ARP message, or one this host may not answer: `tcpdump -e -n arp`.',
  },
  {
    reasons: UNNAMED,
    functions: ['packet_rcv', 'tpacket_rcv'],
    hint: 'A capture (packet socket) lost its copy as its buffer is full: `tcpdump -B 65536`. The packet itself goes on.',
  },
  {
    reasons: UNNAMED,
    functions: ['netlink_attachskb'],
    hint: 'A netlink listener is too slow and lost a kernel message (ENOBUFS): raise its buffer, `sysctl net.core.rmem_max`; `cat /proc/net/netlink` (Drops) names it.',
  },
  {
    reasons: UNNAMED,
    functions: ['__dev_queue_xmit', '__dev_direct_xmit', 'validate_xmit_skb', 'sch_direct_xmit'],
    hint: 'The device would not take it: offload that could not be undone, device down, or queue stopped: `tc -s qdisc show dev DEV`, `ethtool -k DEV`.',
  },
  {
    reasons: UNNAMED,
    functions: ['__rtnl_unlock', 'rtnl_unlock', 'rtnl_kfree_skbs', 'netdev_run_todo'],
    hint: 'Packets waiting in a qdisc that was replaced, reset or removed: `ip monitor link`.',
  },
  {
    reasons: ['QDISC_DROP'],
    functions: ['__dev_queue_xmit', 'kfree_skb_list_reason'],
    hint: 'No carrier (qdisc noop drops all) or a full queue: `ip link show DEV`, then `tc -s qdisc show dev DEV`.',
  },
  {
    reasons: ['NO_SOCKET'],
    functions: ['ping_rcv', 'icmp_rcv', 'icmpv6_rcv'],
    hint: 'An echo reply that no unprivileged ping waits for; the raw socket of an ordinary ping has its own copy.',
  },
  {
    reasons: ['QUEUE_PURGE', ...UNNAMED],
    functions: ['neigh_flush_dev', 'neigh_destroy', 'neigh_invalidate', 'neigh_update', '__neigh_update'],
    hint: 'Packets that waited for ARP or neighbour discovery when the entry or the device went away: `ip monitor link neigh`.',
  },
];

const BY_FUNCTION: ReadonlyMap<string, readonly PlaceHint[]> = byFunction(PLACE_HINTS);

/** What a drop means at its place, when that says more than its reason's entry; undefined otherwise. */
export function placeHint(drop: Pick<DropQuestion, 'reason' | 'subsystem' | 'function'>): string | undefined {
  if (drop.function === null || (drop.subsystem ?? 'core') !== 'core') return undefined;
  const hints = BY_FUNCTION.get(drop.function.replace(/\..*$/, ''));
  return hints?.find(({ reasons }) => reasons.includes(drop.reason))?.hint;
}

function byFunction(hints: readonly PlaceHint[]): Map<string, PlaceHint[]> {
  const found = new Map<string, PlaceHint[]>();
  for (const hint of hints)
    for (const name of hint.functions) found.set(name, [...(found.get(name) ?? []), hint]);
  return found;
}
