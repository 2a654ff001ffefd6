import type { Cause } from './cause.ts';
import type { Condition } from './condition.ts';
import { counted, dropped, moved, resetFor, resetUnnamed } from './forms.ts';

const BY_SOCKET: Condition = { fact: 'reset.function', is: 'tcp_send_active_reset' };

/** Of what close(2) itself resets for, two have other counters: an orphan without memory, and linger below 0. */
const ONLY_BY_CLOSE: readonly Condition[] = [
  resetUnnamed(BY_SOCKET, moved('netstat.TCPAbortOnClose.delta')),
  { fact: 'reset.stack', hasAny: ['__tcp_close', 'tcp_close'] },
  { fact: 'reset.stack', lacks: 'tcp_disconnect' },
  { fact: 'netstat.TCPAbortOnLinger.delta', atMost: 0 },
  { fact: 'netstat.TCPAbortOnMemory.delta', atMost: 0 },
];

export const appClosedWithUnreadData: Cause = {
  id: 'app-closed-with-unread-data',
  title: 'A program closed its socket with data unread: the kernel reset the connection',
  when: [
    {
      any: [
        resetFor('TCP_ABORT_ON_CLOSE'),
        resetUnnamed(BY_SOCKET, moved('netstat.TCPAbortOnClose.delta')),
        counted('netstat.TCPAbortOnClose.delta'),
      ],
    },
  ],
  sure: 'likely',
  sureIf: [
    {
      sure: 'certain',
      all: [{ any: [resetFor('TCP_ABORT_ON_CLOSE'), counted('netstat.TCPAbortOnClose.delta')] }],
    },
    { sure: 'certain', all: ONLY_BY_CLOSE },
  ],
  says: [
    '{socket.process} closed {packet.flow} while received data was still unread; the kernel answers that with a reset, and the peer may lose the last answer.',
    'A program closed {packet.flow} while received data was still unread; the kernel answers that with a reset, and the peer may lose the last answer.',
    'Programs of this namespace closed {symptom.count} connections with data unread; each ended in a reset.',
  ],
  shows: ['reset.reason', 'reset.function', 'tcp.state', 'netstat.TCPAbortOnClose.delta'],
  fix: [
    {
      run: 'in the program: read until end of file (or shutdown for writing and drain) before close',
      advice: true,
      changes: 'the connection ends with FIN',
    },
  ],
  check: [{ run: 'nstat -az TcpExtTCPAbortOnClose' }],
  settles: [
    'nstat TcpExtTCPAbortOnClose in this namespace: does it rise with the resets? The kernel stack of the reset: did __tcp_close send it?',
  ],
  see: ['net/ipv4/tcp.c', 'RFC 2525, 2.17'],
};

/** A listener that is closed disconnects those that nobody accepted: that is no wish of theirs. */
const DISCONNECTED: Condition = {
  all: [
    { fact: 'reset.stack', hasAny: ['tcp_disconnect'] },
    { fact: 'reset.stack', lacks: 'inet_csk_listen_stop' },
  ],
};
const LINGER_COUNTED: Condition = {
  any: [moved('netstat.TCPAbortOnData.delta'), moved('netstat.TCPAbortOnLinger.delta')],
};

export const appResetOnLinger: Cause = {
  id: 'app-reset-on-linger',
  title: 'A program asked for a reset instead of an orderly close (SO_LINGER with 0)',
  when: [
    {
      any: [
        resetFor('TCP_ABORT_ON_LINGER', 'TCP_STATE', 'TCP_DISCONNECT_WITH_DATA'),
        { all: [{ fact: 'reset.reason', is: 'NOT_SPECIFIED' }, BY_SOCKET] },
        resetUnnamed(BY_SOCKET),
      ],
    },
    { any: [resetFor('TCP_ABORT_ON_LINGER'), DISCONNECTED, LINGER_COUNTED] },
  ],
  sure: 'likely',
  sureIf: [
    { sure: 'certain', all: [resetFor('TCP_ABORT_ON_LINGER')] },
    { sure: 'certain', all: [DISCONNECTED] },
  ],
  says: [
    '{socket.process} closed {packet.flow} with SO_LINGER set to 0 (or disconnected it): the peer gets "Connection reset by peer".',
    'A program closed {packet.flow} with SO_LINGER set to 0 (or disconnected it): the peer gets "Connection reset by peer".',
  ],
  shows: [
    'reset.reason',
    'reset.function',
    'tcp.state',
    'netstat.TCPAbortOnData.delta',
    'netstat.TCPAbortOnLinger.delta',
  ],
  fix: [
    {
      run: 'in the program: leave SO_LINGER alone, or give it a time; a load balancer or health check that resets on purpose may stay',
      advice: true,
      changes: 'the connection ends with FIN',
    },
  ],
  check: [{ run: 'nstat -az TcpExtTCPAbortOnData TcpExtTCPAbortOnLinger' }],
  settles: [
    'nstat TcpExtTCPAbortOnData in this namespace: does it rise with the resets? The kernel stack of the reset: is tcp_disconnect in it?',
  ],
  see: ['net/ipv4/tcp.c', 'man 7 socket'],
};

export const segmentAfterTimewait: Cause = {
  id: 'segment-after-timewait',
  title: 'The peer went on sending after the connection was over here',
  when: [
    {
      any: [
        resetFor('TCP_TIMEWAIT_SOCKET', 'TCP_ABORT_ON_DATA'),
        resetUnnamed({ fact: 'tcp.state', is: 'TIME_WAIT' }),
        dropped('TCP_ABORT_ON_DATA'),
      ],
    },
  ],
  sure: 'likely',
  sureIf: [
    {
      sure: 'certain',
      all: [{ any: [resetFor('TCP_TIMEWAIT_SOCKET'), resetUnnamed({ fact: 'tcp.state', is: 'TIME_WAIT' })] }],
    },
  ],
  says: [
    {
      text: '{packet.flow} brought data after the program here had closed its socket: the answer is a reset.',
      when: [{ any: [resetFor('TCP_ABORT_ON_DATA'), dropped('TCP_ABORT_ON_DATA')] }],
    },
    '{packet.flow} reached a connection that is already closed here (TIME_WAIT): the answer is a reset.',
  ],
  shows: ['reset.reason', 'reset.function', 'tcp.state', 'tcp.flags', 'netstat.PAWSTimewait.delta'],
  fix: [
    {
      run: 'see who closes first: this side must not close while the peer still has data to send (idle timeouts of a load balancer larger than those of its backends, half-closed connections)',
      advice: true,
      changes: 'the root of it',
    },
  ],
  check: [{ run: 'ss -tano state time-wait' }],
  settles: ['The state of the socket as the reset is sent.'],
  see: ['net/ipv4/tcp_minisocks.c', 'net/ipv4/tcp_ipv4.c'],
};

const STALLED: Condition = {
  any: [
    dropped('TCP_ZEROWINDOW'),
    moved('netstat.TCPZeroWindowDrop.delta'),
    { fact: 'netstat.TCPWinProbe.delta', atLeast: 2 },
  ],
};

export const zeroWindow: Cause = {
  id: 'zero-window',
  title: 'The receiver’s window is closed: its program does not read',
  when: [
    {
      any: [
        dropped('TCP_ZEROWINDOW'),
        counted('netstat.TCPZeroWindowDrop.delta', 'netstat.TCPWinProbe.delta'),
      ],
    },
    STALLED,
  ],
  sure: 'likely',
  sureIf: [
    {
      sure: 'certain',
      all: [{ any: [dropped('TCP_ZEROWINDOW'), moved('netstat.TCPZeroWindowDrop.delta')] }],
    },
    {
      sure: 'certain',
      all: [
        { fact: 'netstat.TCPWinProbe.delta', atLeast: 2 },
        { fact: 'socket.persist', is: true },
      ],
    },
    {
      sure: 'certain',
      all: [
        { fact: 'netstat.TCPWinProbe.delta', atLeast: 2 },
        { fact: 'netstat.TCPToZeroWindowAdv.delta', atLeast: 1, anywhere: true },
      ],
    },
  ],
  says: [
    '{socket.process} does not read: {socket.recvq} bytes wait on {socket.local}, so that its window is closed and the sender can only probe.',
    'The receiver of {packet.flow} offers no window: its program does not read, and the data is dropped.',
    'A sender in this namespace probed a closed window {netstat.TCPWinProbe.delta} times: the program at the other end does not read.',
    'Receivers of this namespace offered no window ({symptom.count} times): a program does not read.',
  ],
  shows: [
    'drop.reason',
    'netstat.TCPToZeroWindowAdv.delta',
    'netstat.TCPZeroWindowDrop.delta',
    'netstat.TCPWinProbe.delta',
    'socket.rcvbuf',
    'socket.sendq',
  ],
  fix: [
    {
      run: 'make {socket.process} read (it may be stopped, blocked or waiting for something else)',
      advice: true,
      changes: 'the window opens',
    },
    {
      run: 'find the receiving socket with a large Recv-Q (ss -tnp) and make its program read',
      advice: true,
      changes: 'the window opens',
    },
  ],
  check: [
    { run: 'ss -tnpmi' },
    { run: 'nstat -az TcpExtTCPToZeroWindowAdv TcpExtTCPZeroWindowDrop TcpExtTCPWinProbe' },
  ],
  settles: ['ss -tnoi on both ends: Recv-Q full at the receiver, timer persist at the sender?'],
  see: ['net/ipv4/tcp_input.c', 'net/ipv4/tcp_timer.c'],
};

const OUTSIDE = [
  'TCP_OVERWINDOW',
  'TCP_INVALID_END_SEQUENCE',
  'TCP_TOO_OLD_ACK',
  'TCP_ACK_UNSENT_DATA',
  'TCP_RESET',
  'TCP_INVALID_SYN',
  'TCP_INVALID_ACK_SEQUENCE',
];

export const outOfWindow: Cause = {
  id: 'out-of-window',
  title: 'Segments do not fit their connection’s window',
  when: [
    {
      any: [
        dropped(...OUTSIDE),
        // Kernels before TCP_OLD_SEQUENCE give keepalives and window probes (no data, or one byte) this reason too,
        // and data that came before, which they count.
        {
          all: [
            dropped('TCP_INVALID_SEQUENCE'),
            { fact: 'packet.payload', atLeast: 2 },
            { fact: 'symptom.count', atLeastShare: 1.001, of: 'netstat.DelayedACKLost.delta' },
          ],
        },
      ],
    },
  ],
  sure: 'likely',
  sureIf: [{ sure: 'certain', all: [{ fact: 'symptom.count', atLeast: 3 }, dropped(...OUTSIDE)] }],
  says: [
    {
      text: 'Resets for {packet.flow} with a sequence number that is not the expected one: forged, or from a connection before.',
      when: [dropped('TCP_RESET')],
    },
    {
      text: 'A SYN for {packet.flow} arrived inside a connection that exists: the client’s port was used again, or two clients share it behind NAT.',
      when: [dropped('TCP_INVALID_SYN')],
    },
    'Segments of {packet.flow} lie outside the window ({drop.reason}, {symptom.count} times): sequence numbers rewritten on the way, two paths, or a port used again.',
  ],
  shows: [
    'drop.reason',
    'tcp.flags',
    'packet.payload',
    'netstat.TCPChallengeACK.delta',
    'netstat.TCPSYNChallenge.delta',
    'netstat.DelayedACKLost.delta',
  ],
  fix: [
    {
      run: 'compare sequence numbers on both ends (tcpdump -S): whatever between them rewrites, reorders by seconds, or mixes two connections is the place to mend',
      advice: true,
      changes: 'the root of it',
    },
  ],
  check: [{ run: 'nstat -az TcpExtTCPChallengeACK TcpExtTCPSYNChallenge TcpExtBeyondWindow' }],
  settles: ['tcpdump -S on both ends of {packet.flow}: do sequence numbers differ?'],
  see: ['net/ipv4/tcp_input.c', 'RFC 5961'],
};
