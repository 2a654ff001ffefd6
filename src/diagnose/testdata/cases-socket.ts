import { ALL, type Case, NEWER } from './case.ts';
import { DATA, DATAGRAM, reset, six, SYN, symptom } from './evidence.ts';

const at = (name: string, reason: string, packet = SYN) => symptom({ reason, function: name, packet });
const ACK = { ...SYN, tcpFlags: 'A' };
const LISTENER = {
  ...{
    'socket.local': '0.0.0.0:8100',
    'socket.process': 'slow/812',
    'socket.recvq': 6,
    'socket.backlog': 5,
    'sysctl.somaxconn': 4096,
  },
} as const;
const READER = {
  'socket.local': '0.0.0.0:5300',
  'socket.process': 'slow/812',
  'socket.recvq': 212992,
  'socket.rcvbuf': 212992,
} as const;
const FILTER = { 'socket.filter': 'bpf filter (1): 0x06 0 0 0', 'cgroup.bpf.ingress': null } as const;
const CGROUP = {
  'cgroup.bpf.path': '/sys/fs/cgroup/system.slice/x.service',
  'cgroup.bpf.attach': 'cgroup_inet_ingress',
  'cgroup.bpf.id': 31,
} as const;

export const SOCKET_CASES: readonly Case[] = [
  {
    name: 'SYNs vanish, the counter moves',
    on: ALL,
    facts: { 'netstat.ListenOverflows.delta': 7, ...LISTENER },
    is: 'accept-queue-full',
    sure: 'certain',
    near: [{ name: 'it did not move', facts: { 'netstat.ListenOverflows.delta': 0 }, is: 'healthy' }],
  },
  {
    name: 'the last ACK of the handshake',
    on: ['6.18'],
    symptoms: [at('tcp_v4_rcv', 'TCP_LISTEN_OVERFLOW', ACK)],
    facts: LISTENER,
    is: 'accept-queue-full',
    sure: 'certain',
  },
  {
    name: 'the last ACK, no reason',
    on: ['6.1', '6.12'],
    symptoms: [at('tcp_v6_rcv', 'NOT_SPECIFIED', six(ACK))],
    facts: { 'netstat.ListenOverflows.delta': 7, ...LISTENER },
    is: 'accept-queue-full',
    sure: 'certain',
    near: [{ name: 'nothing overflowed', facts: { 'netstat.ListenOverflows.delta': 0 }, is: 'unknown' }],
  },
  {
    name: 'the reader is slow',
    on: ALL,
    symptoms: [at('udp_queue_rcv_one_skb', 'SOCKET_RCVBUFF', DATAGRAM)],
    facts: READER,
    is: 'udp-receive-buffer-full',
    sure: 'certain',
    near: [
      {
        name: 'nobody has the port',
        symptoms: [at('__udp4_lib_rcv', 'NO_SOCKET', DATAGRAM)],
        facts: {},
        is: 'udp-no-listener',
      },
    ],
  },
  {
    name: 'the reader is slow, IPv6',
    on: ALL,
    symptoms: [at('udpv6_queue_rcv_one_skb', 'SOCKET_RCVBUFF', six(DATAGRAM))],
    is: 'udp-receive-buffer-full',
    sure: 'certain',
  },
  {
    name: 'the counter alone',
    on: ALL,
    facts: { 'snmp.UdpRcvbufErrors.delta': 40 },
    is: 'udp-receive-buffer-full',
    sure: 'certain',
  },
  {
    name: 'nobody listens',
    on: ALL,
    symptoms: [at('tcp_v4_rcv', 'NO_SOCKET')],
    facts: { 'socket.listeners': 0, 'socket.elsewhere': '127.0.0.1:8100 (web/12)' },
    is: 'tcp-no-listener',
    sure: 'certain',
    near: [
      {
        name: 'a segment of an old connection',
        symptoms: [at('tcp_v4_rcv', 'NO_SOCKET', DATA)],
        facts: { 'ct.invalid.delta': 0 },
        is: 'unknown',
      },
    ],
  },
  {
    name: 'nobody listens, IPv6',
    on: ALL,
    symptoms: [at('tcp_v6_rcv', 'NO_SOCKET', six(SYN))],
    is: 'tcp-no-listener',
    sure: 'certain',
  },
  {
    name: 'only the reset',
    on: NEWER,
    symptoms: [reset({ reason: 'NO_SOCKET', state: 'NONE' })],
    is: 'tcp-no-listener',
    sure: 'certain',
  },
  {
    name: 'only the reset, no reason',
    on: ['6.1'],
    symptoms: [reset({ state: 'NONE' })],
    is: 'tcp-no-listener',
    sure: 'certain',
  },
  {
    name: 'nobody takes it',
    on: ALL,
    symptoms: [at('__udp4_lib_rcv', 'NO_SOCKET', DATAGRAM)],
    facts: { 'icmp.sent.type': 3, 'icmp.sent.code': 3 },
    is: 'udp-no-listener',
    sure: 'certain',
    near: [{ name: 'TCP', symptoms: [at('tcp_v4_rcv', 'NO_SOCKET')], facts: {}, is: 'tcp-no-listener' }],
  },
  {
    name: 'nobody takes it, IPv6',
    on: ALL,
    symptoms: [at('__udp6_lib_rcv', 'NO_SOCKET', six(DATAGRAM))],
    is: 'udp-no-listener',
    sure: 'certain',
  },
  {
    name: 'a late answer',
    on: ALL,
    symptoms: [at('__udp4_lib_rcv', 'NO_SOCKET', { ...DATAGRAM, sport: 53, dport: 40000 })],
    is: 'udp-no-listener',
    sure: 'likely',
  },
  {
    name: 'the socket has a filter',
    on: ALL,
    symptoms: [at('udp_queue_rcv_one_skb', 'SOCKET_FILTER', DATAGRAM)],
    facts: FILTER,
    is: 'socket-filter-drop',
    sure: 'certain',
    near: [
      {
        name: 'its cgroup has',
        facts: { 'socket.filter': null, 'cgroup.bpf.ingress': 'cgroup_skb id 31', ...CGROUP },
        is: 'cgroup-bpf-drop',
      },
      {
        name: 'nobody looked',
        facts: { 'socket.filter': undefined, 'cgroup.bpf.ingress': undefined },
        is: 'unknown',
      },
    ],
  },
  {
    name: 'the socket has a filter, IPv6',
    on: ALL,
    symptoms: [at('udpv6_queue_rcv_one_skb', 'SOCKET_FILTER', six(DATAGRAM))],
    facts: FILTER,
    is: 'socket-filter-drop',
    sure: 'certain',
  },
  {
    name: 'the cgroup does not let it out',
    on: ALL,
    symptoms: [at('ip_finish_output', 'BPF_CGROUP_EGRESS')],
    facts: { ...CGROUP, 'cgroup.bpf.attach': 'cgroup_inet_egress' },
    is: 'cgroup-bpf-drop',
    sure: 'certain',
  },
  {
    name: 'the cgroup does not let it out, IPv6',
    on: ALL,
    symptoms: [at('ip6_finish_output', 'BPF_CGROUP_EGRESS', six(SYN))],
    is: 'cgroup-bpf-drop',
    sure: 'certain',
  },
  {
    name: 'the cgroup does not let it in',
    on: ALL,
    symptoms: [at('tcp_v4_rcv', 'SOCKET_FILTER')],
    facts: { ...CGROUP, 'cgroup.bpf.ingress': 'cgroup_skb id 31', 'socket.filter': null },
    is: 'cgroup-bpf-drop',
    sure: 'certain',
    near: [{ name: 'the socket has its own', facts: FILTER, is: 'socket-filter-drop' }],
  },
  {
    name: 'tc at ingress',
    on: ALL,
    symptoms: [at('__netif_receive_skb_core', 'TC_INGRESS')],
    facts: { 'tc.ingress': 'matchall action drop', 'tc.filter.spec': 'ingress protocol all pref 10' },
    is: 'tc-drop',
    sure: 'certain',
    near: [{ name: 'generic XDP', symptoms: [at('do_xdp_generic', 'XDP')], facts: {}, is: 'unknown' }],
  },
  {
    name: 'tc at egress, IPv6',
    on: ALL,
    symptoms: [at('__dev_queue_xmit', 'TC_EGRESS', six(SYN))],
    is: 'tc-drop',
    sure: 'certain',
  },
];
