import type { Cause } from './cause.ts';
import { dropped } from './forms.ts';

export const socketFilterDrop: Cause = {
  id: 'socket-filter-drop',
  title: 'A filter that the receiving program attached to its socket refused the packet',
  when: [dropped('SOCKET_FILTER'), { fact: 'socket.filter', exists: true }],
  sure: 'likely',
  sureIf: [{ sure: 'certain', all: [{ fact: 'cgroup.bpf.ingress', exists: false }] }],
  says: [
    '{socket.process} attached a filter to its socket ({socket.filter}), and it does not let {packet.flow} in.',
    'The socket for {packet.flow} has a filter ({socket.filter}) that does not let it in.',
  ],
  rule: ['{socket.filter}'],
  shows: ['drop.reason', 'drop.function'],
  fix: [
    {
      run: 'the filter is part of {socket.process} (SO_ATTACH_FILTER, SO_ATTACH_BPF): change its configuration or restart it without',
      advice: true,
      changes: 'nobody else can take it off',
    },
    {
      run: 'the filter belongs to the program that owns the socket (SO_ATTACH_FILTER, SO_ATTACH_BPF): change its configuration or restart it without',
      advice: true,
      changes: 'nobody else can take it off',
    },
  ],
  check: [{ run: 'ss -tulnbp' }],
  settles: [
    'ss -tulnbp: has the receiving socket a filter? bpftool cgroup tree: is there a cgroup_inet_ingress program above it?',
  ],
  see: ['net/core/filter.c', 'Documentation/networking/filter.rst'],
};

export const cgroupBpfDrop: Cause = {
  id: 'cgroup-bpf-drop',
  title: 'A BPF program on the control group refused the packet',
  when: [
    dropped('BPF_CGROUP_EGRESS', 'SOCKET_FILTER'),
    { any: [dropped('BPF_CGROUP_EGRESS'), { fact: 'cgroup.bpf.ingress', exists: true }] },
  ],
  sure: 'likely',
  sureIf: [
    { sure: 'certain', all: [dropped('BPF_CGROUP_EGRESS')] },
    { sure: 'certain', all: [{ fact: 'socket.filter', exists: false }] },
  ],
  says: [
    {
      text: 'A program on the sender’s cgroup {cgroup.bpf.path} refused {packet.flow} on its way out; the sender gets "Operation not permitted".',
      when: [dropped('BPF_CGROUP_EGRESS')],
    },
    {
      text: 'A program on the sender’s cgroup refused {packet.flow} on its way out; the sender gets "Operation not permitted".',
      when: [dropped('BPF_CGROUP_EGRESS')],
    },
    'A program on the receiver’s cgroup {cgroup.bpf.path} refused {packet.flow}.',
    'A program on the receiver’s cgroup ({cgroup.bpf.ingress}) refused {packet.flow}.',
  ],
  rule: [
    '{cgroup.bpf.path} {cgroup.bpf.attach} id {cgroup.bpf.id}',
    '{cgroup.bpf.egress}',
    '{cgroup.bpf.ingress}',
  ],
  shows: ['drop.reason', 'drop.function', 'cgroup.bpf.egress', 'cgroup.bpf.ingress'],
  fix: [
    {
      run: 'bpftool cgroup detach {cgroup.bpf.path} {cgroup.bpf.attach} id {cgroup.bpf.id}',
      where: 'host',
      changes: 'the program no longer judges packets of {cgroup.bpf.path}',
      risk: 'It may be a security policy (systemd IPAddressDeny, a CNI); its owner may put it back.',
    },
    {
      run: 'change the policy that brought it: systemctl show -p IPAddressDeny,IPEgressFilterPath,IPIngressFilterPath UNIT, or the network policy of the cluster',
      advice: true,
      changes: 'the root of it',
    },
  ],
  check: [{ run: 'bpftool cgroup tree', where: 'host' }],
  settles: [
    'bpftool cgroup tree: is there a cgroup_inet_ingress program above the receiving process? ss -tulnbp: has its socket a filter of its own?',
  ],
  see: ['kernel/bpf/cgroup.c', 'net/ipv4/ip_output.c', 'man 5 systemd.resource-control'],
};

export const tcDrop: Cause = {
  id: 'tc-drop',
  title: 'A traffic control filter or BPF program on the interface dropped the packet',
  when: [dropped('TC_INGRESS', 'TC_EGRESS')],
  sure: 'certain',
  says: [
    {
      text: 'A tc filter or BPF program at ingress of {drop.ifname} dropped {packet.flow}: {tc.ingress}.',
      when: [dropped('TC_INGRESS')],
    },
    {
      text: 'A tc filter or BPF program at egress of {drop.ifname} dropped {packet.flow}: {tc.egress}.',
      when: [dropped('TC_EGRESS')],
    },
    {
      text: 'A tc filter or BPF program at ingress of {drop.ifname} dropped it.',
      when: [dropped('TC_INGRESS')],
    },
    'A tc filter or BPF program at egress of {drop.ifname} dropped it.',
  ],
  rule: ['{tc.filter.spec}', '{tc.ingress}', '{tc.egress}'],
  shows: ['drop.reason', 'drop.function', 'tc.ingress', 'tc.egress'],
  fix: [
    {
      run: 'tc filter del dev {drop.ifname} {tc.filter.spec|words}',
      changes: 'the filter is gone',
      risk: 'It may be part of a policy (CNI, bandwidth limit); its owner may put it back.',
    },
    {
      run: 'find its owner (bpftool net, tc -s filter show dev {drop.ifname} ingress|egress; with Cilium: cilium monitor -t drop) and change the policy there',
      advice: true,
      changes: 'the root of it',
    },
  ],
  check: [
    { run: 'tc -s filter show dev {drop.ifname} ingress' },
    { run: 'tc -s filter show dev {drop.ifname} egress' },
  ],
  settles: ['tc -s filter show dev {drop.ifname} ingress (and egress), bpftool net.'],
  see: ['net/core/dev.c', 'net/sched/cls_api.c', 'man 8 tc'],
};
