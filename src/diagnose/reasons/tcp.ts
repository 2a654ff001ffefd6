import type { ReasonRows } from './entry.ts';

/** TCP: segments a connection, a listener or TIME_WAIT would not take. */
export const TCP: ReasonRows = {
  TCP_CSUM: {
    meaning: 'The TCP checksum is wrong.',
    cause:
      'Broken checksum offload (NIC, virtio, tunnel), a middlebox that rewrites without fixing it, or real corruption.',
    remedy:
      'Test with `ethtool -K DEV rx off tx off` on both ends and on tunnel devices; `nstat TcpInCsumErrors`, `ethtool -S DEV | grep -i csum`.',
    benign: 'no',
    where: 'tcp_v4_rcv, tcp_v6_rcv, tcp_v4_do_rcv, tcp_rcv_established',
    since: '5.17',
    see: ['net/ipv4/tcp_ipv4.c', 'Documentation/networking/checksum-offloads.rst'],
  },
  TCP_FLAGS: {
    meaning: 'The flags make no sense in the socket’s state, like a bare ACK to a listener.',
    cause:
      'A flow this host does not know: stale after a restart, un-NATed (conntrack INVALID), or a scan. Often answered by RST.',
    remedy:
      'Look for the flow in `conntrack -L`; if it is INVALID there, `sysctl net.netfilter.nf_conntrack_tcp_be_liberal=1` or drop ctstate INVALID before it gets here.',
    benign: 'no',
    where: 'tcp_v4_do_rcv, tcp_rcv_state_process, tcp_rcv_established',
    since: '5.18',
    see: ['net/ipv4/tcp_input.c', 'RFC 9293'],
  },
  TCP_ABORT_ON_DATA: {
    meaning: 'Data came for a connection whose application had already closed it; a RST follows.',
    cause: 'The application closed (or shut down reading) while the peer was still sending.',
    remedy:
      'Settle in the protocol who closes first, read to the end before close(). Counter `nstat TcpExtTCPAbortOnData`.',
    benign: 'no',
    where: 'tcp_v4_do_rcv, tcp_v6_do_rcv (from tcp_rcv_state_process)',
    since: '6.9',
    see: ['net/ipv4/tcp_input.c', 'RFC 1122 4.2.2.13'],
  },
  TCP_ZEROWINDOW: {
    meaning: 'Data arrived although this side advertises a window of zero.',
    cause: 'The reader is stuck and the peer probes or keeps sending into the closed window.',
    remedy:
      'Find why the process does not read: Recv-Q of `ss -tnmp`; raise `sysctl net.ipv4.tcp_rmem` only for bursts. Counter `nstat TcpExtTCPZeroWindowDrop`.',
    benign: 'no',
    where: 'tcp_data_queue',
    since: '5.18',
    see: ['net/ipv4/tcp_input.c'],
  },
  TCP_OLD_DATA: {
    meaning: 'Every byte of the segment had been received before.',
    cause: 'A retransmission that was not needed: our ACK was late or lost.',
    remedy:
      'Nothing is lost here. In great numbers look for loss on the way back: `nstat TcpExtDelayedACKLost TcpExtTCPDSACKOldSent`.',
    benign: 'always',
    where: 'tcp_data_queue',
    since: '5.18',
    see: ['net/ipv4/tcp_input.c', 'RFC 2883'],
  },
  TCP_OVERWINDOW: {
    meaning: 'The segment starts beyond the right edge of the receive window.',
    cause: 'A middlebox damaged window scaling or sequence numbers, or a handshake packet is out of window.',
    remedy:
      'Capture both ends and compare sequence numbers and wscale (`ss -ti`, `tcpdump -S`); take sequence-rewriting firewalls out of the path.',
    benign: 'no',
    where: 'tcp_data_queue, tcp_check_req',
    since: '5.18',
    see: ['net/ipv4/tcp_input.c', 'RFC 7323'],
  },
  TCP_OFOMERGE: {
    meaning: 'The bytes already wait in the out-of-order queue.',
    cause: 'The same data was retransmitted while an earlier hole is still open.',
    remedy:
      'Nothing is lost. Many of them mean loss or reordering on the path: `nstat TcpExtTCPOFOMerge TcpExtTCPOFOQueue`.',
    benign: 'always',
    where: 'tcp_data_queue_ofo',
    since: '5.18',
    see: ['net/ipv4/tcp_input.c'],
  },
  TCP_RFC7323_PAWS: {
    meaning: 'The timestamp is older than the last one seen on this connection (PAWS).',
    cause:
      'Several clients with different clocks behind one NAT address, very late duplicates, or a rewriting middlebox.',
    remedy:
      'Compare `nstat TcpExtPAWSEstab TcpExtPAWSActive`; give the NAT more addresses, stop it from mixing flows, or test with `sysctl net.ipv4.tcp_timestamps=0` on the clients.',
    benign: 'no',
    where: 'tcp_validate_incoming, tcp_rcv_synsent_state_process',
    since: '5.19',
    see: ['net/ipv4/tcp_input.c', 'RFC 7323'],
  },
  TCP_RFC7323_PAWS_ACK: {
    meaning: 'A pure ACK with an older timestamp, overtaken on the way.',
    cause: 'Reordering in the network or in RPS/multi-queue; newer ACKs carried the same news already.',
    remedy: 'Nothing to do. Counter `nstat TcpExtPAWSOldAck`.',
    benign: 'always',
    where: 'tcp_validate_incoming',
    since: '6.14',
    see: ['net/ipv4/tcp_input.c'],
  },
  TCP_RFC7323_TW_PAWS: {
    meaning: 'A segment for a connection in TIME_WAIT failed the timestamp check.',
    cause: 'The client reuses a port too early with an older clock, or clients share an address behind NAT.',
    remedy:
      'Widen the client’s ports (`sysctl net.ipv4.ip_local_port_range`), keep connections alive, more NAT addresses. Counter `nstat TcpExtPAWSTimewait`.',
    benign: 'no',
    where: 'tcp_v4_rcv, tcp_v6_rcv (tcp_timewait_state_process)',
    since: '6.15',
    see: ['net/ipv4/tcp_minisocks.c', 'RFC 6191'],
  },
  TCP_RFC7323_TSECR: {
    meaning: 'The echoed timestamp in the handshake was never sent by this host.',
    cause: 'A spoofed or very late ACK, or a middlebox that rewrites timestamps in one direction only.',
    remedy:
      'Counter `nstat TcpExtTSEcrRejected`; capture the handshake on both sides (`tcpdump -nS tcp port PORT`) and compare TSval and TSecr.',
    benign: 'no',
    where: 'tcp_v4_rcv, tcp_v6_rcv (tcp_check_req)',
    since: '6.15',
    see: ['net/ipv4/tcp_minisocks.c'],
  },
  TCP_LISTEN_OVERFLOW: {
    meaning: 'The accept queue was full when the handshake’s last ACK arrived.',
    cause: 'The application accepts too slowly or its listen() backlog is too short for bursts.',
    remedy:
      '`ss -lnt` (Recv-Q at Send-Q): raise the listen() backlog and `sysctl net.core.somaxconn`, accept faster. Counters `nstat TcpExtListenOverflows TcpExtListenDrops`.',
    benign: 'no',
    where: 'tcp_v4_rcv, tcp_v6_rcv (tcp_check_req)',
    since: '6.15',
    see: ['net/ipv4/tcp_minisocks.c', 'man 2 listen'],
  },
  TCP_OLD_SEQUENCE: {
    meaning: 'The segment lies wholly before the receive window.',
    cause: 'Keepalives, zero-window probes and duplicates look like this; answered by an ACK.',
    remedy:
      'Nothing is lost. In great numbers on one flow our ACKs get lost: `ss -ti`, `nstat TcpExtTCPACKSkippedSeq`.',
    benign: 'usually',
    where: 'tcp_validate_incoming',
    since: '5.19',
    see: ['net/ipv4/tcp_input.c', 'RFC 9293 3.10.7.4'],
  },
  TCP_INVALID_SEQUENCE: {
    meaning: 'The sequence number is not acceptable: outside the receive window.',
    cause:
      'Two flows mixed up by NAT or port reuse, sequence rewriting, spoofed segments, or a very late packet.',
    remedy:
      'Follow the tuple in `conntrack -L` and compare captures of both sides (`tcpdump -nS`); replace sequence-rewriting firewalls.',
    benign: 'no',
    where: 'tcp_validate_incoming',
    since: '5.19',
    see: ['net/ipv4/tcp_input.c', 'RFC 5961'],
  },
  TCP_INVALID_END_SEQUENCE: {
    meaning: 'The segment begins inside the receive window but ends beyond it.',
    cause: 'The sender ignores the advertised window, or something on the way changed it.',
    remedy:
      'Counter `nstat TcpExtBeyondWindow`; compare the advertised window with `ss -ti` and `tcpdump -nS`; update the sending stack.',
    benign: 'no',
    where: 'tcp_validate_incoming',
    since: '6.17',
    see: ['net/ipv4/tcp_input.c'],
  },
  TCP_INVALID_ACK_SEQUENCE: {
    meaning: 'The ACK number is outside of what this side has sent and not yet seen acknowledged.',
    cause:
      'While connecting: an old duplicate, a peer that still knows an earlier connection of this port, or a NAT mix-up.',
    remedy:
      'A RST clears it and the SYN is retried. If it repeats: widen `sysctl net.ipv4.ip_local_port_range`, check NAT with `conntrack -L -p tcp --dport PORT`.',
    benign: 'no',
    where: 'tcp_rcv_state_process (tcp_rcv_synsent_state_process)',
    since: '6.9',
    see: ['net/ipv4/tcp_input.c'],
  },
  TCP_RESET: {
    meaning: 'A RST that is not believed: its sequence number is not exactly the next one expected.',
    cause:
      'An injected or late RST; it is answered with a challenge ACK. A valid RST never shows up as a drop.',
    remedy:
      'See who sends them: TTL and IP id in `tcpdump -nvS "tcp[tcpflags] & tcp-rst != 0"`. Counter `nstat TcpExtTCPChallengeACK`.',
    benign: 'no',
    where: 'tcp_validate_incoming, tcp_rcv_synsent_state_process, tcp_rcv_state_process',
    since: '5.19',
    see: ['RFC 5961', 'net/ipv4/tcp_input.c'],
  },
  TCP_INVALID_SYN: {
    meaning: 'A SYN arrived inside an established connection; it is answered with a challenge ACK.',
    cause:
      'The client restarted or reused the port while this side still holds the old connection, or a NAT clash.',
    remedy:
      'Shorten how long dead peers are kept: keepalives (`sysctl net.ipv4.tcp_keepalive_time`), TCP_USER_TIMEOUT. Counter `nstat TcpExtTCPSYNChallenge`.',
    benign: 'no',
    where: 'tcp_validate_incoming',
    since: '5.19',
    see: ['RFC 5961', 'net/ipv4/tcp_input.c'],
  },
  TCP_CLOSE: {
    meaning: 'A segment was handed to a socket that is already closed.',
    cause: 'Segments that waited in the socket’s backlog while close() finished.',
    remedy: 'Nothing to do; the connection is over. `ss -tan state all` shows what is left of it.',
    benign: 'usually',
    where: 'tcp_rcv_state_process',
    since: '5.19',
    see: ['net/ipv4/tcp_input.c'],
  },
  TCP_FASTOPEN: {
    meaning: 'The segment did not fit the TCP Fast Open request this socket stems from.',
    cause: 'A duplicate, a RST or an odd segment before the Fast Open handshake was complete.',
    remedy:
      'If clients fail, turn it off to compare: `sysctl net.ipv4.tcp_fastopen=0`. Counters `nstat "TcpExtTCPFastOpen*"`.',
    benign: 'no',
    where: 'tcp_rcv_state_process',
    since: '5.19',
    see: ['net/ipv4/tcp_fastopen.c', 'RFC 7413'],
  },
  TCP_OLD_ACK: {
    meaning: 'An ACK that acknowledges nothing new where the handshake had to be completed.',
    cause:
      'A late duplicate meets a connection still in SYN_RECV: client port reuse or a NAT mix-up. A RST may follow.',
    remedy:
      'Rare ones do no harm. If connections fail: `nstat TcpExtTCPChallengeACK TcpOutRsts`, widen `sysctl net.ipv4.ip_local_port_range` on the client.',
    benign: 'no',
    where: 'tcp_v4_do_rcv, tcp_v6_do_rcv (from tcp_rcv_state_process)',
    since: '5.19',
    see: ['net/ipv4/tcp_input.c'],
  },
  TCP_TOO_OLD_ACK: {
    meaning: 'The ACK is further back than the largest window ever offered: not of this connection’s life.',
    cause: 'An injected or extremely late segment, or sequence numbers rewritten on the way.',
    remedy:
      'Counter `nstat TcpExtTCPChallengeACK`; compare captures of both ends (`tcpdump -nS`), look for a device that rewrites sequence numbers.',
    benign: 'no',
    where: 'tcp_rcv_established, tcp_rcv_state_process',
    since: '5.19',
    see: ['RFC 5961', 'net/ipv4/tcp_input.c'],
  },
  TCP_ACK_UNSENT_DATA: {
    meaning: 'The segment acknowledges bytes this host never sent.',
    cause:
      'NAT or a proxy that mixes two connections, wrong sequence adjustment (conntrack helper), or a spoofed ACK.',
    remedy:
      '`conntrack -L` for the tuple; unload helpers that rewrite payload (`lsmod | grep nf_nat_`), compare captures with `tcpdump -nS`.',
    benign: 'no',
    where: 'tcp_rcv_established, tcp_rcv_state_process',
    since: '5.19',
    see: ['RFC 5961', 'net/ipv4/tcp_input.c'],
  },
  TCP_OFO_QUEUE_PRUNE: {
    meaning: 'Data received out of order was thrown away to get memory back; the peer must send it again.',
    cause:
      'The receive buffer or TCP memory is full while a hole is open: loss on a fast path, or a slow reader.',
    remedy:
      'Raise `sysctl net.ipv4.tcp_rmem` (and tcp_mem if the machine is at its limit), find the loss. Counters `nstat TcpExtOfoPruned TcpExtRcvPruned`.',
    benign: 'no',
    where: 'tcp_prune_ofo_queue',
    since: '5.19',
    see: ['net/ipv4/tcp_input.c'],
  },
  TCP_OFO_DROP: {
    meaning: 'A segment of the out-of-order queue turned out to be in the receive queue already.',
    cause: 'A retransmission filled the hole and more.',
    remedy: 'Nothing is lost. `nstat TcpExtTCPOFOQueue` tells how much reordering there is.',
    benign: 'always',
    where: 'tcp_ofo_queue',
    since: '5.19',
    see: ['net/ipv4/tcp_input.c'],
  },
  TCP_MINTTL: {
    meaning: 'The packet’s TTL or hop limit is below what the socket demands.',
    cause:
      'IP_MINTTL / IPV6_MINHOPCOUNT (GTSM, BGP ttl-security) and a peer that is further away or sends a low TTL.',
    remedy:
      'Make the peer send TTL 255 or correct the hop count in ttl-security; `tcpdump -nv` shows the TTL. Counter `nstat TcpExtTCPMinTTLDrop`.',
    benign: 'no',
    where: 'tcp_v4_rcv, tcp_v6_rcv',
    since: '6.3',
    see: ['RFC 5082', 'man 7 ip'],
  },
};
