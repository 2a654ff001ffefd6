import type { Cause } from './cause.ts';
import type { Condition } from './condition.ts';
import { counted, dropped, moved, OPENS, resetFor, resetUnnamed, TCP, UDP, unnamedAt } from './forms.ts';

const LISTENER_FULL: Condition = { fact: 'socket.recvq', atLeastShare: 1, of: 'socket.backlog' };

export const acceptQueueFull: Cause = {
  id: 'accept-queue-full',
  title: 'A listening socket’s accept queue is full: the program does not accept fast enough',
  when: [
    {
      any: [
        counted('netstat.ListenOverflows.delta'),
        dropped('TCP_LISTEN_OVERFLOW'),
        {
          all: [
            unnamedAt('tcp_v4_rcv', 'tcp_v6_rcv', 'tcp_check_req'),
            TCP,
            { fact: 'tcp.flags', lacks: '[FR]' },
          ],
        },
      ],
    },
    { any: [moved('netstat.ListenOverflows.delta'), dropped('TCP_LISTEN_OVERFLOW')] },
  ],
  sure: 'likely',
  sureIf: [
    {
      sure: 'certain',
      all: [
        { any: [counted('netstat.ListenOverflows.delta'), dropped('TCP_LISTEN_OVERFLOW'), LISTENER_FULL] },
      ],
    },
  ],
  says: [
    '{socket.process} does not accept: {socket.recvq} connections wait on {socket.local}, its backlog is {socket.backlog}; new SYNs are dropped without a trace ({netstat.ListenOverflows.delta} so far).',
    '{socket.recvq} connections wait on {socket.local}, whose backlog is {socket.backlog}: new ones are dropped ({netstat.ListenOverflows.delta} so far).',
    'Listening sockets of this namespace overflowed {netstat.ListenOverflows.delta} times: SYNs were dropped without a trace.',
    'A listening socket overflowed: the last step of the handshake was dropped.',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'netstat.ListenDrops.delta',
    'netstat.TCPSynRetrans.delta',
    'sysctl.somaxconn',
    'log.syn_flood',
  ],
  fix: [
    {
      run: 'sysctl -w net.core.somaxconn=4096',
      when: [{ fact: 'socket.backlog', sameAs: 'sysctl.somaxconn' }],
      changes: 'listen() may ask for up to 4096; the program must call listen() anew (restart it)',
      risk: 'A slow program then keeps more clients waiting.',
    },
    {
      run: 'make {socket.process} accept faster (it may be stopped, blocked or out of threads), or listen() with a larger backlog',
      advice: true,
      changes: 'the root of it',
    },
    {
      run: 'find the listener whose Recv-Q exceeds its Send-Q (ss -ltn) and make it accept faster, or listen() with a larger backlog',
      advice: true,
      changes: 'the root of it',
    },
  ],
  check: [{ run: 'ss -ltnp' }, { run: 'nstat -az TcpExtListenOverflows TcpExtListenDrops' }],
  settles: [
    'ss -ltnp in this namespace: does a listener’s Recv-Q reach its Send-Q? nstat TcpExtListenOverflows: does it rise?',
  ],
  see: ['net/ipv4/tcp_input.c', 'net/ipv4/tcp_minisocks.c', 'man 2 listen'],
};

export const udpReceiveBufferFull: Cause = {
  id: 'udp-receive-buffer-full',
  title: 'A UDP socket’s receive buffer is full: the program does not read fast enough',
  when: [
    {
      any: [dropped('SOCKET_RCVBUFF'), counted('snmp.UdpRcvbufErrors.delta', 'snmp.Udp6RcvbufErrors.delta')],
    },
    { any: [UDP, { fact: 'symptom.kind', is: 'counter' }] },
  ],
  sure: 'certain',
  says: [
    '{socket.process} reads too slowly: {socket.recvq} bytes wait on {socket.local}, its buffer of {socket.rcvbuf} bytes is full, {symptom.count} datagrams were lost.',
    'The receive buffer of the socket for {packet.flow} is full: {symptom.count} datagrams were lost.',
    'UDP sockets of this namespace lost {symptom.count} datagrams for want of receive buffer.',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'snmp.UdpRcvbufErrors.delta',
    'snmp.Udp6RcvbufErrors.delta',
    'socket.drops',
    'sysctl.rmem_max',
  ],
  fix: [
    {
      run: 'sysctl -w net.core.rmem_max=8388608',
      where: 'host',
      changes:
        'programs may ask for receive buffers up to 8 MiB (SO_RCVBUF); it changes nothing for those that do not ask',
      risk: 'More kernel memory for each socket that asks.',
      hostWide: true,
    },
    {
      run: 'make {socket.process} read faster, spread the load (SO_REUSEPORT), or let it set a larger SO_RCVBUF',
      advice: true,
      changes: 'the root of it',
    },
    {
      run: 'make the program read faster, spread the load (SO_REUSEPORT), or let it set a larger SO_RCVBUF',
      advice: true,
      changes: 'the root of it',
    },
  ],
  check: [{ run: 'ss -uanmp' }, { run: 'nstat -az UdpRcvbufErrors Udp6RcvbufErrors' }],
  settles: ['ss -uanmp in this namespace: which socket’s drops (d) rise?'],
  see: ['net/ipv4/udp.c', 'man 7 udp', 'man 7 socket'],
};

export const tcpNoListener: Cause = {
  id: 'tcp-no-listener',
  title: 'Nothing listens on this TCP address and port',
  when: [
    {
      any: [
        { all: [dropped('NO_SOCKET'), TCP] },
        resetFor('NO_SOCKET'),
        resetUnnamed({ fact: 'tcp.state', is: 'NONE' }),
      ],
    },
    OPENS,
  ],
  sure: 'certain',
  says: [
    'No socket in this namespace listens for {packet.flow}; there is one at {socket.elsewhere}.',
    'No socket in this namespace listens for {packet.flow}: the client gets "Connection refused".',
  ],
  shows: ['drop.reason', 'drop.function', 'reset.reason', 'socket.listeners'],
  fix: [
    {
      run: 'start the service on {packet.dst} port {packet.dport} in this namespace, bind it to the right address, or correct the address translation that sends clients here',
      advice: true,
      changes: 'somebody listens',
    },
  ],
  check: [{ run: "ss -ltnp 'sport = :{packet.dport}'" }],
  settles: ["ss -ltnp 'sport = :{packet.dport}' in this namespace."],
  see: ['net/ipv4/tcp_ipv4.c', 'net/ipv6/tcp_ipv6.c'],
};

/** First port of those that clients get (ip_local_port_range). */
const EPHEMERAL = 32768;
/** Not an answer: to a service's port, or from a client's. */
const TO_SERVICE: Condition = {
  any: [
    { fact: 'packet.sport', atLeastShare: 1, of: 'packet.dport' },
    { fact: 'packet.dport', atMost: EPHEMERAL - 1 },
  ],
};

export const udpNoListener: Cause = {
  id: 'udp-no-listener',
  title: 'No socket takes this UDP address and port',
  when: [dropped('NO_SOCKET'), UDP],
  sure: 'likely',
  sureIf: [{ sure: 'certain', all: [TO_SERVICE] }],
  says: [
    'No socket in this namespace takes {packet.flow}; there is one at {socket.elsewhere}.',
    {
      text: 'No socket in this namespace takes {packet.flow}: the sender gets "port unreachable".',
      when: [TO_SERVICE],
    },
    'The answer {packet.flow} came after the program that asked had closed its socket.',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'icmp.sent.type',
    'icmp.sent.code',
    'socket.listeners',
    'snmp.UdpNoPorts.delta',
    'snmp.Udp6NoPorts.delta',
  ],
  fix: [
    {
      run: 'start the service on {packet.dst} port {packet.dport} in this namespace, or bind it to the right address',
      advice: true,
      when: [TO_SERVICE],
      changes: 'somebody listens',
    },
    {
      run: 'see why the answer came so late, or give the program that asked a longer timeout',
      advice: true,
      when: [{ fact: 'packet.dport', atLeast: EPHEMERAL }],
      changes: 'the answer meets its socket',
    },
    {
      run: 'conntrack -D -p udp --orig-dst {packet.dst}',
      when: [{ fact: 'ct.entry', exists: true }],
      changes: 'forgets a translation to a target that is gone',
      risk: 'Running exchanges with that address are translated anew.',
    },
  ],
  check: [{ run: "ss -lunp 'sport = :{packet.dport}'" }],
  settles: ["ss -lunp 'sport = :{packet.dport}' in this namespace."],
  see: ['net/ipv4/udp.c', 'net/ipv6/udp.c'],
};
