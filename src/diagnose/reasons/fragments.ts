import type { ReasonRows } from './entry.ts';

const SEE = ['net/ipv4/ip_fragment.c', 'net/ipv6/reassembly.c', 'Documentation/networking/ip-sysctl.rst'];

/** Reassembly of IP fragments. */
export const FRAGMENTS: ReasonRows = {
  DUP_FRAG: {
    meaning: 'A fragment that overlaps or repeats one already here.',
    cause: 'Duplication in the network, a retransmission with the same IP id, or an overlap attack.',
    remedy:
      'A few are harmless; many: avoid fragmentation (smaller UDP messages, equal MTUs). Counters `nstat IpReasmFails Ip6ReasmFails IpExtReasmOverlaps`.',
    benign: 'no',
    where: 'ip_defrag (ip_frag_queue), ipv6_frag_rcv, nf_ct_frag6_gather',
    since: '6.2',
    see: SEE,
  },
  FRAG_REASM_TIMEOUT: {
    meaning: 'The packet’s other fragments did not come in time.',
    cause:
      'A fragment was lost or filtered on the way (firewalls and clouds often drop them), or took another path.',
    remedy:
      'Avoid fragmentation or let fragments through; `sysctl net.ipv4.ipfrag_time`, `ipfrag_high_thresh`. Counters `nstat IpReasmTimeout Ip6ReasmTimeout`.',
    benign: 'no',
    where: 'ip_expire, ip6frag_expire_frag_queue, inet_frag_rbtree_purge',
    since: '6.2',
    see: SEE,
  },
  FRAG_TOO_FAR: {
    meaning: 'Too many other fragments of the same sender came in between; reassembly was started over.',
    cause: 'Heavy fragmented traffic from one address with loss or reordering.',
    remedy:
      'Raise or switch off the distance check: `sysctl net.ipv4.ipfrag_max_dist=0`; better avoid fragmentation. Counter `nstat IpReasmFails`.',
    benign: 'no',
    where: 'ip_defrag (ip_frag_reinit), inet_frag_rbtree_purge',
    since: '6.2',
    see: SEE,
  },
};
