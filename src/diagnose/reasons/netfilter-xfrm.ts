import type { ReasonRows } from './entry.ts';

/** Packets refused by policy: netfilter, IPsec, cgroup BPF, security modules. */
export const NETFILTER_XFRM: ReasonRows = {
  NETFILTER_DROP: {
    meaning: 'A netfilter hook returned DROP: a rule or chain policy, conntrack, NAT or synproxy.',
    cause: 'A firewall rule; else the conntrack table is full, NAT ran out of ports, or an entry clashed.',
    remedy:
      'At nft_do_chain a rule or policy: `nft monitor trace`. At nf_hook_slow compare `conntrack -S` (drop, insert_failed), `conntrack -C` with nf_conntrack_max, `iptables-legacy -vnL`.',
    benign: 'no',
    where: 'nft_do_chain, nf_hook_slow, nf_queue functions',
    since: '5.18',
    see: ['net/netfilter/core.c', 'net/netfilter/nf_tables_core.c', 'net/netfilter/nf_conntrack_core.c'],
  },
  XFRM_POLICY: {
    meaning: 'IPsec policy refused the packet: it came (or would leave) without the protection demanded.',
    cause:
      'No matching state (SA expired, rekey failed), a policy without its state, or plain text where ESP is required.',
    remedy:
      '`ip xfrm policy`, `ip -s xfrm state`; counters in `cat /proc/net/xfrm_stat` (XfrmInNoPols, XfrmInTmplMismatch …) name the cause; look at the IKE daemon’s log.',
    benign: 'no',
    where: 'tcp_v4_rcv, udp_queue_rcv_one_skb, ip_forward, ip6_forward, ip_protocol_deliver_rcu, icmp_rcv',
    since: '5.18',
    see: ['net/xfrm/xfrm_policy.c', 'Documentation/networking/xfrm_proc.rst'],
  },
  BPF_CGROUP_EGRESS: {
    meaning: 'A BPF program of the sender’s cgroup refused the packet on its way out.',
    cause: 'systemd IPAddressDeny, a container network policy, or another cgroup_inet_egress program.',
    remedy:
      '`bpftool cgroup tree` lists programs by cgroup; `systemctl show -p IPAddressDeny,IPAddressAllow UNIT`; then the policy of your orchestrator.',
    benign: 'no',
    where: 'ip_finish_output, ip_mc_finish_output, ip6_finish_output',
    since: '5.18',
    see: ['kernel/bpf/cgroup.c', 'man 5 systemd.resource-control'],
  },
  SECURITY_HOOK: {
    meaning: 'A security module (SELinux, Smack, AppArmor, BPF LSM) refused the packet.',
    cause: 'Missing policy for a label, peer labelling (NetLabel, IPsec labels), or an LSM program.',
    remedy:
      '`ausearch -m AVC -ts recent` or `dmesg | grep -i denied`; `cat /sys/kernel/security/lsm` lists the modules, `bpftool prog list | grep lsm` BPF ones.',
    benign: 'no',
    where: 'cookie_v4_check, cookie_v6_check; from 6.17 sk_filter and its callers',
    since: '6.9',
    see: ['security/security.c', 'net/ipv4/syncookies.c'],
  },
};
