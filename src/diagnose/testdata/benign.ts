// What healthy machines do. None of it may become a problem.
import { DATA, DATAGRAM, reset, six, type Story, SYN, symptom } from './evidence.ts';

const chatter = (reason: string, name: string, packet = DATA) =>
  symptom({ reason, function: name, packet, benign: true });

export const BENIGN_STORIES: readonly (Story & { readonly name: string })[] = [
  { name: 'nothing at all' },
  { name: 'nothing matched a filter but packets passed', more: { filter: 'tcp port 443' } },
  {
    name: 'bulk TCP: counters did not move',
    facts: {
      'netstat.ListenOverflows.delta': 0,
      'ct.drop.delta': 0,
      'softnet.dropped.delta': 0,
      'qdisc.dropped.delta': 0,
      'snmp.UdpRcvbufErrors.delta': 0,
    },
  },
  {
    name: 'bulk TCP: a few spurious retransmits among many packets',
    facts: { 'retransmit.count': 3 },
    more: { seen: { packets: 90000, dropped: 0, benign: 0, resets: 0 } },
  },
  {
    name: 'bulk TCP: the reader paused once',
    facts: {
      'netstat.TCPToZeroWindowAdv.delta': 3,
      'netstat.TCPFromZeroWindowAdv.delta': 3,
      'netstat.TCPWinProbe.delta': 1,
    },
  },
  { name: 'bulk TCP: old data again', symptoms: [chatter('TCP_OLD_DATA', 'tcp_data_queue')] },
  {
    name: 'the last ACK of a connection',
    symptoms: [chatter('NOT_SPECIFIED', 'tcp_rcv_state_process', { ...DATA, tcpFlags: 'A', payload: 0 })],
  },
  {
    name: 'an ACK for TIME_WAIT',
    symptoms: [
      symptom({
        reason: 'NOT_SPECIFIED',
        function: 'tcp_v6_rcv',
        packet: { ...six(DATA), tcpFlags: 'A', payload: 0 },
      }),
    ],
    facts: { 'socket.timewait': true },
  },
  {
    name: 'keepalives on 6.1',
    symptoms: [
      symptom({
        reason: 'TCP_INVALID_SEQUENCE',
        function: 'tcp_validate_incoming',
        packet: { ...DATA, payload: 0 },
        count: 9,
      }),
    ],
  },
  {
    name: 'data sent again on 6.1',
    symptoms: [
      symptom({
        reason: 'TCP_INVALID_SEQUENCE',
        function: 'tcp_validate_incoming',
        packet: { ...DATA, payload: 1448 },
        count: 5,
      }),
    ],
    facts: { 'netstat.DelayedACKLost.delta': 5 },
  },
  {
    name: 'the segment that such a reset answered',
    symptoms: [
      symptom({
        reason: 'NOT_SPECIFIED',
        function: 'tcp_v6_do_rcv',
        packet: { ...six(DATA), tcpFlags: 'A', payload: 0 },
      }),
    ],
    facts: { 'reset.unheard': true },
  },
  {
    name: 'two of many segments that arrived too late',
    symptoms: [
      symptom({
        reason: 'TCP_RFC7323_PAWS',
        function: 'tcp_validate_incoming',
        packet: { ...DATA, payload: 1448 },
        count: 2,
      }),
    ],
    more: { seen: { packets: 5000, dropped: 2, benign: 0, resets: 0 } },
  },
  {
    name: 'the parts of a datagram that was put together on 6.1',
    symptoms: [
      chatter('NOT_SPECIFIED', 'skb_release_data', { ...DATAGRAM, fragment: { offset: 1480, more: true, id: 7 } }),
    ],
  },
  {
    name: 'a late acknowledgement on 6.1: the reset for it meets TIME_WAIT',
    symptoms: [reset({ state: 'NONE', packet: { ...DATA, tcpFlags: 'A', payload: 0 } })],
    facts: { 'reset.unheard': true },
  },
  { name: 'keepalives on 6.12', symptoms: [chatter('TCP_OLD_SEQUENCE', 'tcp_validate_incoming')] },
  {
    name: 'a reset that comes too late',
    symptoms: [
      symptom({
        reason: 'NO_SOCKET',
        function: 'tcp_v4_rcv',
        packet: { ...DATA, tcpFlags: 'R', payload: 0 },
      }),
    ],
  },
  {
    name: 'a connect storm: clients that give up',
    symptoms: [
      reset({
        reason: 'TCP_STATE',
        function: 'tcp_send_active_reset',
        stack: ['tcp_send_active_reset', 'inet_csk_listen_stop'],
        packet: SYN,
      }),
    ],
    facts: { 'netstat.TCPAbortOnData.delta': 0, 'netstat.TCPAbortOnLinger.delta': 0 },
  },
  {
    name: 'resets from elsewhere',
    symptoms: [reset({ direction: 'received', packet: { ...DATA, tcpFlags: 'R' } })],
  },
  {
    name: 'IPv6 multicast nobody joined',
    symptoms: [chatter('NOT_SPECIFIED', 'ip6_mc_input', { ...six(DATAGRAM), dst: 'ff02::fb' })],
  },
  {
    name: 'duplicate address detection',
    symptoms: [chatter('IPV6_NDISC_NS_OTHERHOST', 'ndisc_recv_ns', six(DATAGRAM))],
  },
  { name: 'programs that try IPv6 first', facts: { 'snmp.Ip6OutNoRoutes.delta': 6 } },
  {
    name: 'LLDP',
    symptoms: [
      chatter('UNHANDLED_PROTO', '__netif_receive_skb_core', {
        family: 'other',
        protocol: 'lldp',
        length: 60,
      }),
    ],
  },
  {
    name: 'a socket closed with datagrams waiting',
    symptoms: [chatter('QUEUE_PURGE', 'udp_destruct_common', DATAGRAM)],
  },
  {
    name: 'an unplugged interface announces its groups',
    symptoms: [
      symptom({
        ...{ reason: 'QDISC_DROP', function: '__dev_queue_xmit' },
        packet: { family: 'ipv6', protocol: 'icmpv6', length: 96, src: 'fe80::1', dst: 'ff02::16', icmpName: 'mldv2-report' },
      }),
    ],
    facts: { 'link.carrier': false, 'link.up': true },
  },
  {
    name: 'an interface that comes up while something is sent',
    symptoms: [symptom({ reason: 'QDISC_DROP', function: '__dev_queue_xmit', packet: DATAGRAM })],
    facts: { 'link.carrier': true, 'link.up': true, 'qdisc.kind': 'noqueue', 'qdisc.dropped.delta': 0 },
  },
  {
    name: 'fq_codel doing its work',
    symptoms: [symptom({ reason: 'QDISC_CONGESTED', function: '__dev_queue_xmit', packet: DATA, count: 20 })],
    facts: { 'qdisc.dropped.delta': 20, 'qdisc.kind': 'fq_codel', 'link.carrier': true },
  },
  { name: 'promiscuous: other people’s frames', symptoms: [chatter('OTHERHOST', 'ip_rcv_core')] },
  {
    name: 'conntrack: clashes merged, some invalid, one evicted',
    facts: {
      'ct.clashres.delta': 4,
      'ct.invalid.delta': 2,
      'ct.early_drop.delta': 1,
      'ct.drop.delta': 0,
      'ct.count': 100,
      'ct.max': 262144,
    },
  },
  {
    name: 'NAT: a port search that took a few steps',
    facts: {
      'ct.found.delta': 12,
      'ct.insert_failed.delta': 0,
      'ct.drop.delta': 0,
      'nat.snat.rule': 'masquerade',
    },
  },
  {
    name: 'a namespace is taken down',
    symptoms: [chatter('DEV_READY', 'enqueue_to_backlog'), chatter('NEIGH_DEAD', '__neigh_event_send')],
  },
  {
    name: 'ping: the raw socket had its copy',
    symptoms: [chatter('NO_SOCKET', 'ping_rcv', { ...DATAGRAM, protocol: 'icmp' })],
  },
];
