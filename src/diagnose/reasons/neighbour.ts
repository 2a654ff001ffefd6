import type { ReasonRows } from './entry.ts';

const SEE = ['net/core/neighbour.c', 'man 8 ip-neighbour', 'Documentation/networking/ip-sysctl.rst'];

/** ARP and neighbour discovery: the next hop’s link-layer address is not to be had. */
export const NEIGHBOUR: ReasonRows = {
  NEIGH_CREATEFAIL: {
    meaning: 'No neighbour entry could be made for the next hop.',
    cause:
      'The neighbour table is full (gc_thresh3), memory is short, or the device has no address family set up.',
    remedy:
      '`ip -s neigh | wc -l` against `sysctl net.ipv4.neigh.default.gc_thresh3` (net.ipv6 likewise): raise it; `dmesg | grep -i "table overflow"`.',
    benign: 'no',
    where: 'ip_finish_output2, ip6_finish_output2',
    since: '5.18',
    see: SEE,
  },
  NEIGH_FAILED: {
    meaning: 'The next hop did not answer ARP or neighbour discovery (about 3 s of asking).',
    cause:
      'Next hop down or wrong, wrong VLAN or subnet mask, ARP filtered, or a cloud’s source/destination check.',
    remedy:
      '`ip neigh show nud failed nud incomplete`, `ip route get DST`, `arping -I DEV NEXTHOP`; check VLAN, mask, `sysctl net.ipv4.conf.all.arp_ignore` at the peer.',
    benign: 'no',
    where: 'neigh_invalidate (arp_error_report), __neigh_event_send',
    since: '5.18',
    see: SEE,
  },
  NEIGH_QUEUEFULL: {
    meaning: 'Too many packets already wait for the next hop’s address; the oldest was thrown away.',
    cause: 'The next hop does not answer (or slowly) while traffic keeps coming.',
    remedy:
      'Cure the unanswered ARP/ND first: `ip neigh show nud incomplete`; for bursts `sysctl net.ipv4.neigh.DEV.unres_qlen_bytes`. Counter: unresolved_discards in `lnstat -f arp_cache`.',
    benign: 'no',
    where: '__neigh_event_send',
    since: '5.18',
    see: SEE,
  },
  NEIGH_DEAD: {
    meaning: 'The neighbour entry was being removed while a packet wanted to use it.',
    cause: 'A device or route went away (namespace teardown, link flap) with traffic still flowing.',
    remedy: 'Watch `ip monitor link route neigh` for what goes down; nothing to do if it was on purpose.',
    benign: 'no',
    where: '__neigh_event_send',
    since: '5.18',
    see: SEE,
  },
  NEIGH_HH_FILLFAIL: {
    meaning: 'The link-layer header could not be built for the resolved neighbour.',
    cause: 'A driver or tunnel device whose header function refuses the address or the protocol.',
    remedy:
      'Look at the device: `ip -d link show DEV`, `ip neigh show dev DEV` (address type and length), `dmesg`.',
    benign: 'no',
    where: 'neigh_resolve_output, neigh_connected_output',
    since: '6.16',
    see: SEE,
  },
};
