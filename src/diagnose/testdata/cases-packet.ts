import { ALL, type Case, NEWER } from './case.ts';
import { DATA, DATAGRAM, reset, six, SYN, symptom } from './evidence.ts';

const at = (name: string, reason: string, packet = SYN) => symptom({ reason, function: name, packet });
const FRAGMENT = { ...DATAGRAM, fragment: { offset: 1480, more: true, id: 7 } };
const ACTIVE = { function: 'tcp_send_active_reset', packet: DATA, state: 'CLOSE' } as const;
const PROBED = {
  'netstat.TCPWinProbe.delta': 4,
  'netstat.TCPToZeroWindowAdv.delta': 1,
  'socket.persist': true,
} as const;

const BY_CLOSE = ['tcp_send_active_reset+0x10/0x20', '__tcp_close+0x1/0x2'];

export const PACKET_CASES: readonly Case[] = [
  {
    name: 'TCP',
    on: ALL,
    symptoms: [at('tcp_v4_rcv', 'TCP_CSUM')],
    is: 'checksum-bad',
    sure: 'certain',
    near: [{ name: 'too short', symptoms: [at('tcp_v4_rcv', 'PKT_TOO_SMALL')], facts: {}, is: 'unknown' }],
  },
  {
    name: 'UDP over IPv6',
    on: ALL,
    symptoms: [at('__udp6_lib_rcv', 'UDP_CSUM', six(DATAGRAM))],
    is: 'checksum-bad',
    sure: 'certain',
  },
  {
    name: 'counted only',
    on: ALL,
    facts: { 'snmp.TcpInCsumErrors.delta': 2 },
    is: 'checksum-bad',
    sure: 'certain',
  },
  {
    name: 'an IP protocol',
    on: ALL,
    symptoms: [at('ip_protocol_deliver_rcu', 'IP_NOPROTO', { ...SYN, protocol: 'sctp' })],
    is: 'protocol-unknown',
    sure: 'certain',
    near: [
      { name: 'a known one', symptoms: [at('tcp_v4_rcv', 'NO_SOCKET')], facts: {}, is: 'tcp-no-listener' },
    ],
  },
  {
    name: 'an IPv6 protocol',
    on: ALL,
    symptoms: [at('ip6_protocol_deliver_rcu', 'IP_NOPROTO', { ...six(SYN), protocol: 'proto-253' })],
    is: 'protocol-unknown',
    sure: 'certain',
  },
  {
    name: 'an ethertype',
    on: ALL,
    symptoms: [
      at('__netif_receive_skb_core', 'UNHANDLED_PROTO', { family: 'other', protocol: '0x88b5', length: 60 }),
    ],
    is: 'protocol-unknown',
    sure: 'certain',
  },
  {
    name: 'a fragment is missing',
    on: NEWER,
    symptoms: [at('ip_expire', 'FRAG_REASM_TIMEOUT', FRAGMENT)],
    facts: { 'sysctl.ipfrag_time': 2 },
    is: 'fragment-lost',
    sure: 'certain',
  },
  {
    name: 'a fragment is missing, no reason',
    on: ['6.1'],
    symptoms: [at('ip_expire', 'NOT_SPECIFIED', FRAGMENT)],
    facts: { 'snmp.IpReasmTimeout.delta': 1, 'sysctl.ipfrag_time': 2 },
    is: 'fragment-lost',
    sure: 'certain',
  },
  {
    name: 'a fragment is missing, IPv6',
    on: ALL,
    symptoms: [at('inet_frag_rbtree_purge', 'NOT_SPECIFIED', six(FRAGMENT))],
    facts: { 'snmp.Ip6ReasmTimeout.delta': 1, 'sysctl.ip6frag_time': 2 },
    is: 'fragment-lost',
    sure: 'certain',
    near: [
      {
        name: 'nothing timed out that anybody saw',
        facts: { 'snmp.Ip6ReasmTimeout.delta': undefined },
        is: 'fragment-lost',
      },
    ],
  },
  {
    name: 'closed with data unread',
    on: NEWER,
    symptoms: [reset({ ...ACTIVE, reason: 'TCP_ABORT_ON_CLOSE' })],
    facts: { 'socket.process': 'web/12' },
    is: 'app-closed-with-unread-data',
    sure: 'certain',
    near: [
      {
        name: 'the linger option',
        symptoms: [
          reset({
            ...ACTIVE,
            reason: 'TCP_STATE',
            stack: ['tcp_disconnect+0x10/0x20', '__tcp_close+0x1/0x2'],
          }),
        ],
        facts: {},
        is: 'app-reset-on-linger',
      },
    ],
  },
  {
    name: 'closed with data unread, no reason',
    on: ['6.1'],
    symptoms: [reset({ ...ACTIVE, stack: BY_CLOSE })],
    facts: {
      'netstat.TCPAbortOnClose.delta': 1,
      'netstat.TCPAbortOnData.delta': 0,
      'netstat.TCPAbortOnLinger.delta': 0,
      'netstat.TCPAbortOnMemory.delta': 0,
    },
    is: 'app-closed-with-unread-data',
    sure: 'certain',
    near: [
      {
        name: 'the other counter moved',
        facts: { 'netstat.TCPAbortOnClose.delta': 0, 'netstat.TCPAbortOnData.delta': 1 },
        is: 'app-reset-on-linger',
      },
    ],
  },
  {
    name: 'closed with data unread, no reason and no stack',
    on: ['6.1'],
    symptoms: [reset(ACTIVE)],
    facts: { 'netstat.TCPAbortOnClose.delta': 1, 'netstat.TCPAbortOnLinger.delta': 0 },
    is: 'app-closed-with-unread-data',
    sure: 'likely',
  },
  {
    name: 'close resets, and an orphan without memory may have been the reason',
    on: ['6.1'],
    symptoms: [reset({ ...ACTIVE, stack: BY_CLOSE })],
    facts: {
      'netstat.TCPAbortOnClose.delta': 1,
      'netstat.TCPAbortOnLinger.delta': 0,
      'netstat.TCPAbortOnMemory.delta': 1,
    },
    is: 'app-closed-with-unread-data',
    sure: 'likely',
  },
  {
    name: 'counted only',
    on: ALL,
    facts: { 'netstat.TCPAbortOnClose.delta': 3 },
    is: 'app-closed-with-unread-data',
    sure: 'certain',
  },
  {
    name: 'closed with data unread, IPv6',
    on: NEWER,
    symptoms: [reset({ ...ACTIVE, packet: six(DATA), reason: 'TCP_ABORT_ON_CLOSE' })],
    is: 'app-closed-with-unread-data',
    sure: 'certain',
  },
  {
    name: 'lingers for no time',
    on: NEWER,
    symptoms: [
      reset({
        ...ACTIVE,
        reason: 'TCP_STATE',
        stack: ['tcp_send_active_reset+0x1/0x2', 'tcp_disconnect+0x10/0x20'],
      }),
    ],
    is: 'app-reset-on-linger',
    sure: 'certain',
    near: [
      {
        name: 'somebody killed it',
        symptoms: [reset({ ...ACTIVE, reason: 'TCP_STATE', stack: ['tcp_abort+0x1/0x2'] })],
        facts: { 'netstat.TCPAbortOnData.delta': 0, 'netstat.TCPAbortOnLinger.delta': 0 },
        is: 'healthy',
      },
    ],
  },
  {
    name: 'lingers for no time, counted',
    on: NEWER,
    symptoms: [reset({ ...ACTIVE, packet: six(DATA), reason: 'TCP_STATE' })],
    facts: { 'netstat.TCPAbortOnData.delta': 2 },
    is: 'app-reset-on-linger',
    sure: 'likely',
  },
  {
    name: 'lingers for no time, no reason',
    on: ['6.1'],
    symptoms: [reset({ ...ACTIVE, stack: ['tcp_disconnect+0x10/0x20'] })],
    facts: { 'netstat.TCPAbortOnClose.delta': 0 },
    is: 'app-reset-on-linger',
    sure: 'certain',
    near: [
      {
        name: 'the listener was closed before the connection was accepted',
        symptoms: [
          reset({
            ...ACTIVE,
            stack: ['tcp_disconnect+0x10/0x20', 'inet_csk_listen_stop+0x1/0x2', '__tcp_close+0x1/0x2'],
          }),
        ],
        facts: { 'netstat.TCPAbortOnData.delta': 0, 'netstat.TCPAbortOnLinger.delta': 0 },
        // Nobody asked about this traffic: a reset that no cause explains is everyday life.
        is: 'healthy',
      },
    ],
  },
  {
    name: 'data after the end',
    on: NEWER,
    symptoms: [reset({ reason: 'TCP_TIMEWAIT_SOCKET', packet: DATA, state: 'TIME_WAIT' })],
    is: 'segment-after-timewait',
    sure: 'certain',
    near: [
      {
        name: 'no such connection',
        symptoms: [reset({ reason: 'NO_SOCKET', packet: SYN, state: 'NONE' })],
        facts: {},
        is: 'tcp-no-listener',
      },
    ],
  },
  {
    name: 'data after the end, no reason',
    on: ['6.1'],
    symptoms: [reset({ packet: six(DATA), state: 'TIME_WAIT', function: 'tcp_v6_send_reset' })],
    is: 'segment-after-timewait',
    sure: 'certain',
  },
  {
    name: 'dropped at the closed window',
    on: ALL,
    symptoms: [at('tcp_data_queue', 'TCP_ZEROWINDOW', DATA)],
    facts: { 'socket.process': 'slow/812', 'socket.recvq': 90000, 'socket.local': '10.0.0.2:8100' },
    is: 'zero-window',
    sure: 'certain',
  },
  {
    name: 'the sender probes',
    on: ALL,
    facts: PROBED,
    is: 'zero-window',
    sure: 'certain',
    near: [{ name: 'one probe: a short pause', facts: { 'netstat.TCPWinProbe.delta': 1 }, is: 'healthy' }],
  },
  {
    name: 'counted, IPv6 or not',
    on: ALL,
    facts: { 'netstat.TCPZeroWindowDrop.delta': 2 },
    is: 'zero-window',
    sure: 'certain',
  },
  {
    name: 'beyond the window',
    on: ALL,
    symptoms: [symptom({ reason: 'TCP_OVERWINDOW', function: 'tcp_data_queue', packet: DATA, count: 5 })],
    is: 'out-of-window',
    sure: 'certain',
    near: [
      {
        name: 'a keepalive on a kernel without a reason for it',
        symptoms: [at('tcp_validate_incoming', 'TCP_INVALID_SEQUENCE', { ...DATA, payload: 1 })],
        facts: {},
        is: 'healthy',
      },
    ],
  },
  {
    name: 'sequence numbers rewritten, IPv6',
    on: ALL,
    symptoms: [at('tcp_validate_incoming', 'TCP_INVALID_SEQUENCE', six(DATA))],
    facts: { 'netstat.DelayedACKLost.delta': 0 },
    is: 'out-of-window',
    sure: 'likely',
  },
  {
    name: 'nothing wrong',
    on: ALL,
    facts: { 'softnet.dropped.delta': 0, 'ct.drop.delta': 0, 'retransmit.count': 0 },
    is: 'nothing-dropped-here',
    sure: 'certain',
  },
  {
    name: 'lost beyond',
    on: ALL,
    facts: { 'softnet.dropped.delta': 0, 'retransmit.count': 30 },
    is: 'nothing-dropped-here',
    sure: 'certain',
  },
];
