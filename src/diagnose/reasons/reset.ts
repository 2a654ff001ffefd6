import type { ReasonRows } from './entry.ts';

const TRACE = 'include/net/rstreason.h';
const MPTCP = ['RFC 8684 3.6', 'include/uapi/linux/mptcp.h', 'net/mptcp/protocol.c'];
const MPTCP_COUNTERS = '`nstat -az "MPTcpExt*"`';

/** enum sk_rst_reason (6.10): why this host sent a RST. */
export const RESET: ReasonRows = {
  NOT_SPECIFIED: {
    meaning: 'A reset whose cause the code does not name.',
    cause: 'A path that was not given a reason of its own, or a kernel-made reply of another protocol.',
    remedy: 'Look at the caller on the stack and at `nstat TcpOutRsts TcpEstabResets "TcpExtTCPAbort*"`.',
    benign: 'no',
    since: '6.10',
    see: [TRACE],
  },
  NO_SOCKET: {
    meaning: 'The segment met no socket: connection refused.',
    cause:
      'Nothing listens on that address and port in this namespace, or the connection was closed long ago.',
    remedy:
      '`ss -lntp` in the namespace; start or rebind the service, check DNAT targets and stale endpoints. Counter `nstat TcpOutRsts`.',
    benign: 'no',
    where: 'tcp_v4_send_reset, tcp_v6_send_reset from tcp_v4_rcv, tcp_v6_rcv',
    since: '6.10',
    see: [TRACE, 'net/ipv4/tcp_ipv4.c'],
  },
  TCP_INVALID_ACK_SEQUENCE: {
    meaning: 'While connecting, an answer acknowledged something this host did not send.',
    cause:
      'The peer still holds an earlier connection of the same ports, an old SYN-ACK came late, or NAT mixed two flows.',
    remedy:
      'The next SYN usually works. If it repeats: `sysctl net.ipv4.ip_local_port_range` wider, and look at `conntrack -L -p tcp --dport PORT`.',
    benign: 'no',
    where: 'tcp_rcv_synsent_state_process',
    since: '6.11',
    see: ['net/ipv4/tcp_input.c'],
  },
  TCP_RFC7323_PAWS: {
    meaning: 'While connecting, the answer’s timestamp echo was not one of this host’s.',
    cause: 'A late SYN-ACK of an earlier attempt, or a middlebox that rewrites timestamps.',
    remedy:
      'Counter `nstat TcpExtPAWSActive`; capture the handshake at both ends (`tcpdump -nS`), test with `sysctl net.ipv4.tcp_timestamps=0`.',
    benign: 'no',
    where: 'tcp_rcv_synsent_state_process',
    since: '6.11',
    see: ['net/ipv4/tcp_input.c', 'RFC 7323'],
  },
  TCP_TOO_OLD_ACK: {
    meaning: 'During the handshake an ACK came that is far older than anything this connection sent.',
    cause: 'A segment of an earlier connection with the same ports, or injected.',
    remedy:
      'Rare ones are harmless; else compare `tcpdump -nS` of both ends and look for port reuse (`ss -tan state time-wait`).',
    benign: 'no',
    where: 'tcp_rcv_state_process (SYN_RECV)',
    since: '6.11',
    see: ['net/ipv4/tcp_input.c', 'RFC 5961'],
  },
  TCP_ACK_UNSENT_DATA: {
    meaning: 'During the handshake the peer acknowledged bytes this host never sent.',
    cause: 'NAT or a proxy that mixes two connections, or a spoofed ACK.',
    remedy: '`conntrack -L` for the tuple on every NAT of the path; compare `tcpdump -nS` at both ends.',
    benign: 'no',
    where: 'tcp_rcv_state_process (SYN_RECV)',
    since: '6.11',
    see: ['net/ipv4/tcp_input.c'],
  },
  TCP_FLAGS: {
    meaning:
      'An ACK reached a listening socket: the sender believes in a connection this host does not have.',
    cause: 'This service restarted; or conntrack took the segment for INVALID, so it came without its NAT.',
    remedy:
      '`conntrack -S` (invalid) rising: `sysctl net.netfilter.nf_conntrack_tcp_be_liberal=1`, or drop ctstate INVALID in FORWARD and INPUT.',
    benign: 'no',
    where: 'tcp_rcv_state_process (LISTEN)',
    since: '6.11',
    see: ['net/ipv4/tcp_input.c', 'net/netfilter/nf_conntrack_proto_tcp.c'],
  },
  TCP_OLD_ACK: {
    meaning: 'During the handshake an ACK came that acknowledges nothing new.',
    cause: 'A late duplicate of an earlier connection on the same ports, or a NAT mix-up.',
    remedy: 'Compare `tcpdump -nS` at both ends; widen the client’s `sysctl net.ipv4.ip_local_port_range`.',
    benign: 'no',
    where: 'tcp_rcv_state_process (SYN_RECV)',
    since: '6.11',
    see: ['net/ipv4/tcp_input.c'],
  },
  TCP_ABORT_ON_DATA: {
    meaning: 'Data arrived after the application had closed the connection.',
    cause:
      'The application closed without waiting for the peer’s last bytes (request abandoned, timeout, crash).',
    remedy:
      'Let the side that sends last close last, read until end of file before close(). Counter `nstat TcpExtTCPAbortOnData`.',
    benign: 'no',
    where: 'tcp_rcv_state_process',
    since: '6.11',
    see: ['net/ipv4/tcp_input.c', 'RFC 1122 4.2.2.13'],
  },
  TCP_TIMEWAIT_SOCKET: {
    meaning: 'The peer still sends on a connection that both sides have closed (TIME_WAIT).',
    cause: 'A peer that did not notice the end, data crossing the FIN, or a port reused too early.',
    remedy:
      '`ss -tan state time-wait` for the tuple; the peer should stop at end of file; widen its `sysctl net.ipv4.ip_local_port_range`.',
    benign: 'no',
    where: 'tcp_v4_rcv, tcp_v6_rcv (tcp_timewait_state_process)',
    since: '6.11',
    see: ['net/ipv4/tcp_minisocks.c'],
  },
  INVALID_SYN: {
    meaning: 'A half-open connection was given up: a bad SYN or RST for it, or the accept queue is full.',
    cause:
      'A second SYN with other numbers on the same ports, or tcp_abort_on_overflow=1 with a full accept queue.',
    remedy:
      '`nstat TcpExtListenOverflows TcpExtEmbryonicRsts`, `ss -lnt`; raise backlog and somaxconn, leave `sysctl net.ipv4.tcp_abort_on_overflow=0`.',
    benign: 'no',
    where: 'tcp_check_req',
    since: '6.11',
    see: ['net/ipv4/tcp_minisocks.c'],
  },
  TCP_ABORT_ON_CLOSE: {
    meaning: 'The application closed a connection with received data it had not read.',
    cause:
      'A server that answers without reading the whole request, or a client that gives up on a response.',
    remedy:
      'Read everything before close(), or shutdown(SHUT_WR) and read to end of file. Recv-Q in `ss -tnp`; counter `nstat TcpExtTCPAbortOnClose`.',
    benign: 'no',
    where: '__tcp_close',
    since: '6.12',
    see: ['net/ipv4/tcp.c', 'RFC 2525 2.17'],
  },
  TCP_ABORT_ON_LINGER: {
    meaning: 'The application asked for no waiting in FIN_WAIT2 (TCP_LINGER2 below zero).',
    cause: 'A socket option of the application. SO_LINGER with zero shows up as TCP_STATE instead.',
    remedy:
      'Take TCP_LINGER2 out of the application (`strace -e trace=setsockopt -p PID`). Counter `nstat TcpExtTCPAbortOnLinger`.',
    benign: 'no',
    where: '__tcp_close',
    since: '6.12',
    see: ['net/ipv4/tcp.c', 'man 7 tcp'],
  },
  TCP_ABORT_ON_MEMORY: {
    meaning: 'The connection was given up for lack of memory or as there are too many orphans.',
    cause: 'TCP memory at its limit, or very many closed connections whose peers do not answer.',
    remedy:
      '`cat /proc/net/sockstat` (orphan, mem) against `sysctl net.ipv4.tcp_max_orphans net.ipv4.tcp_mem`; lower tcp_orphan_retries. Counter `nstat TcpExtTCPAbortOnMemory`.',
    benign: 'no',
    where: '__tcp_close, tcp_out_of_resources',
    since: '6.12',
    see: ['net/ipv4/tcp.c', 'net/ipv4/tcp_timer.c'],
  },
  TCP_STATE: {
    meaning: 'The connection was ended on purpose in a state that demands a RST.',
    cause:
      'SO_LINGER 0, disconnect, `ss -K`, a listener closed with connections not yet accepted, or FIN_WAIT2 ran out.',
    remedy:
      'Look for who did it: process on the event, `strace -e trace=setsockopt,close,connect -p PID`; before closing a listener drain its queue (`ss -lnt`).',
    benign: 'no',
    where: 'tcp_disconnect, tcp_abort, tcp_keepalive_timer',
    since: '6.12',
    see: ['net/ipv4/tcp.c', 'RFC 9293'],
  },
  TCP_KEEPALIVE_TIMEOUT: {
    meaning: 'The peer did not answer keepalives (or TCP_USER_TIMEOUT passed).',
    cause: 'Peer down, path broken, or a firewall, NAT or load balancer forgot the idle connection.',
    remedy:
      'Send keepalives more often than the shortest idle timeout on the path: `sysctl net.ipv4.tcp_keepalive_time=60`, per socket TCP_KEEPIDLE. Timers: `ss -tno`.',
    benign: 'no',
    where: 'tcp_keepalive_timer',
    since: '6.12',
    see: ['net/ipv4/tcp_timer.c', 'man 7 tcp'],
  },
  TCP_DISCONNECT_WITH_DATA: {
    meaning: 'The application disconnected while data was still waiting to be sent.',
    cause: 'connect(AF_UNSPEC) or an abort with a filled send queue.',
    remedy:
      'Shut down in order: shutdown(SHUT_WR) and wait for the peer; Send-Q in `ss -tnp` shows unsent data.',
    benign: 'no',
    where: 'tcp_disconnect',
    since: '6.12',
    see: ['net/ipv4/tcp.c'],
  },
  MPTCP_RST_EUNSPEC: {
    meaning: 'An MPTCP subflow was reset without a special reason.',
    cause: 'The subflow is no longer usable; the MPTCP connection may go on over others.',
    remedy: `\`ss -Mnia\` and ${MPTCP_COUNTERS}; \`ip mptcp monitor\` shows subflows come and go.`,
    benign: 'usually',
    since: '6.10',
    see: MPTCP,
  },
  MPTCP_RST_EMPTCP: {
    meaning: 'An MPTCP subflow was reset as the peer’s MPTCP options were wrong.',
    cause: 'Failed join (token or HMAC), options stripped in mid-connection, or a broken peer.',
    remedy: `${MPTCP_COUNTERS} (MPJoin…, DSS…); capture with \`tcpdump -nv\`, look for devices that strip TCP options.`,
    benign: 'no',
    since: '6.10',
    see: MPTCP,
  },
  MPTCP_RST_ERESOURCE: {
    meaning: 'An MPTCP subflow was reset for lack of resources.',
    cause: 'Memory short, or a limit on subflows was reached.',
    remedy: `\`ip mptcp limits show\` and raise them; ${MPTCP_COUNTERS}, \`cat /proc/net/sockstat\`.`,
    benign: 'no',
    since: '6.10',
    see: MPTCP,
  },
  MPTCP_RST_EPROHIBIT: {
    meaning: 'An MPTCP subflow was refused by policy.',
    cause: 'The path manager’s limits do not allow another subflow or address.',
    remedy:
      '`ip mptcp limits show`: `ip mptcp limits set subflow 4 add_addr_accepted 4`; `ip mptcp endpoint show`.',
    benign: 'no',
    since: '6.10',
    see: MPTCP,
  },
  MPTCP_RST_EWQ2BIG: {
    meaning: 'Too much data already acknowledged elsewhere waited on this MPTCP subflow.',
    cause: 'A path stalled for a while and others carried its data.',
    remedy:
      'The connection goes on over the others; see the stalled path with `ss -Mnia` and `ip mptcp monitor`.',
    benign: 'usually',
    since: '6.10',
    see: MPTCP,
  },
  MPTCP_RST_EBADPERF: {
    meaning: 'An MPTCP subflow was closed as it performed badly compared with the others.',
    cause: 'Loss or long delay on one of the paths.',
    remedy:
      'Compare the paths: `ss -tin` (rtt, retrans) per subflow; take the bad one out with `ip mptcp endpoint delete`.',
    benign: 'usually',
    since: '6.10',
    see: MPTCP,
  },
  MPTCP_RST_EMIDDLEBOX: {
    meaning: 'A middlebox interfered with an MPTCP subflow.',
    cause: 'Payload or options were changed on the way: the checksum or the mapping does not fit.',
    remedy: `Take rewriting proxies off this path, or use plain TCP over it; ${MPTCP_COUNTERS} (DataCsumErr, MPFail).`,
    benign: 'no',
    since: '6.10',
    see: MPTCP,
  },
  ERROR: {
    meaning: 'An unexpected error: the code asked for a reset with a reason that does not exist.',
    cause: 'An MPTCP subflow carried a reset code outside of those the standard defines.',
    remedy: `Look at the subflow with \`tcpdump -nv\` and ${MPTCP_COUNTERS}; report it to the kernel’s MPTCP list if it repeats.`,
    benign: 'no',
    since: '6.10',
    see: ['include/net/rstreason.h', 'net/mptcp/protocol.h'],
  },
};
