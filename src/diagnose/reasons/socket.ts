import type { ReasonRows } from './entry.ts';

/** Dropped at or inside a socket. */
export const SOCKET: ReasonRows = {
  NO_SOCKET: {
    meaning: 'No socket in this network namespace listens on or owns the address and port.',
    cause:
      'Service down, bound to another address or namespace, a DNAT target that is gone, or a flow already closed.',
    remedy:
      '`ss -lntup` in the same namespace (`ip netns exec NS`): start or rebind the service; check DNAT targets and stale endpoints. Counters: `nstat -az UdpNoPorts TcpOutRsts`.',
    benign: 'no',
    where: 'tcp_v4_rcv, tcp_v6_rcv, __udp4_lib_rcv, __udp6_lib_rcv; ping_rcv for echo replies',
    since: '5.17',
    see: ['net/ipv4/tcp_ipv4.c', 'net/ipv4/udp.c', 'net/ipv4/ping.c'],
  },
  SOCKET_CLOSE: {
    meaning: 'Data still queued on a socket was thrown away because the socket was closed.',
    cause: 'The application closed a local (AF_UNIX) or MPTCP socket before reading everything sent to it.',
    remedy:
      'Nothing on the network. If the sender misses data, look at who closes first: `ss -xp`, `strace -f -e trace=close,shutdown -p PID`.',
    benign: 'always',
    where: 'unix_release_sock, mptcp_close_ssk',
    since: '6.14',
    see: ['net/unix/af_unix.c', 'net/mptcp/protocol.c'],
  },
  SOCKET_FILTER: {
    meaning:
      'A filter attached to the receiving socket, or its cgroup’s ingress program, refused the packet.',
    cause:
      'SO_ATTACH_FILTER or SO_ATTACH_BPF of the application, systemd IPAddressDeny, or a network policy in cgroup BPF.',
    remedy:
      '`ss -b` shows socket filters; `bpftool cgroup tree` the cgroup programs (cgroup_inet_ingress); `systemctl show -p IPAddressDeny UNIT`.',
    benign: 'no',
    where: 'udp_queue_rcv_one_skb, tcp_v4_rcv, sock_queue_rcv_skb_reason, tun_net_xmit',
    since: '5.17',
    see: ['net/core/filter.c', 'Documentation/networking/filter.rst'],
  },
  SOCKET_RCVBUFF: {
    meaning: 'The receive queue of the socket is full (sk_rcvbuf reached).',
    cause: 'The reader is slower than the sender, stalls, or the buffer is too small for bursts.',
    remedy:
      'Read faster or spread with SO_REUSEPORT; raise SO_RCVBUF and `sysctl net.core.rmem_max`. Watch `nstat UdpRcvbufErrors` and the d field of `ss -uanm`.',
    benign: 'no',
    where: 'udp_queue_rcv_one_skb, udpv6_queue_rcv_one_skb, sock_queue_rcv_skb_reason',
    since: '5.18',
    see: ['net/ipv4/udp.c', 'net/core/sock.c', 'man 7 socket'],
  },
  UDP_CSUM: {
    meaning: 'The UDP checksum is wrong.',
    cause:
      'Broken checksum offload (NIC, virtio, tunnel), a middlebox that rewrites without fixing it, or real corruption.',
    remedy:
      'Test with `ethtool -K DEV rx off tx off` at both ends and on tunnel devices; for VXLAN/Geneve compare udpcsum and udp6zerocsumrx in `ip -d link`. Counter `nstat UdpInCsumErrors`.',
    benign: 'no',
    where: '__udp4_lib_rcv, __udp6_lib_rcv, udp_queue_rcv_one_skb, udpv6_queue_rcv_one_skb',
    since: '5.17',
    see: ['net/ipv4/udp.c', 'Documentation/networking/checksum-offloads.rst'],
  },
  UNIX_DISCONNECT: {
    meaning: 'Queued messages were discarded as a local datagram socket changed or lost its peer.',
    cause: 'An AF_UNIX datagram socket was connected to somebody else, or its peer closed.',
    remedy:
      'No network matter. If messages are missed, look at the two programs: `ss -xp`, `strace -e trace=connect,close -p PID`.',
    benign: 'always',
    where: 'unix_dgram_disconnected',
    since: '6.14',
    see: ['net/unix/af_unix.c'],
  },
  UNIX_SKIP_OOB: {
    meaning: 'A local stream’s out-of-band byte was passed over by an ordinary read.',
    cause: 'MSG_OOB data on an AF_UNIX stream whose reader did not ask for it.',
    remedy: 'Nothing to do; set SO_OOBINLINE in the reader if the byte matters. `ss -xp` names both ends.',
    benign: 'always',
    where: 'manage_oob',
    since: '6.14',
    see: ['net/unix/af_unix.c'],
  },
  PROTO_MEM: {
    meaning: 'The memory limit of the whole protocol is reached, so the packet could not be queued.',
    cause:
      'Many sockets with slow readers, or a leak: every TCP or UDP socket of the machine shares this limit.',
    remedy:
      'Compare `cat /proc/net/sockstat` (mem, in pages) with `sysctl net.ipv4.tcp_mem net.ipv4.udp_mem`; find full queues with `ss -tunm`, then raise the limit.',
    benign: 'no',
    where: 'tcp_data_queue, udp_queue_rcv_one_skb, sock_queue_rcv_skb_reason',
    since: '5.18',
    see: ['Documentation/networking/ip-sysctl.rst', 'net/core/sock.c'],
  },
  SOCKET_BACKLOG: {
    meaning: 'The socket was in use by its process and its backlog queue was full.',
    cause: 'The process holds the socket for long (large sends or reads), or one flow outruns one CPU.',
    remedy:
      'Raise the receive buffer (`sysctl net.ipv4.tcp_rmem`, SO_RCVBUF), make reads shorter, spread flows over CPUs (RSS/RPS). Counter `nstat TcpExtTCPBacklogDrop`.',
    benign: 'no',
    where: 'tcp_v4_rcv, tcp_v6_rcv (tcp_add_backlog), __sk_receive_skb',
    since: '5.18',
    see: ['net/ipv4/tcp_ipv4.c'],
  },
  QUEUE_PURGE: {
    meaning: 'A queue was emptied as a whole: socket closed, connection aborted, or device stopped.',
    cause:
      'An application closed a socket with unread data; at a device or neighbour: it went away with packets waiting.',
    remedy:
      'At socket functions nothing to do (`ss -tunap` shows who). At neighbour or device functions look for the link going down: `ip monitor link neigh`, `journalctl -k`.',
    benign: 'usually',
    where: 'inet_sock_destruct, skb_queue_purge_reason, sk_stream_kill_queues, tcp_disconnect',
    since: '6.6',
    see: ['include/linux/skbuff.h', 'net/ipv4/af_inet.c'],
  },
  PACKET_SOCK_ERROR: {
    meaning: 'A packet socket (tcpdump, DHCP client, lldpd) could not take its copy of the packet.',
    cause:
      'The capture ring or the socket’s buffer is full. The packet itself goes on; only the copy is lost.',
    remedy:
      'Give the capture more room (`tcpdump -B 65536`, a shorter `-s`, a filter). `ss -0pm` shows packet sockets and their memory.',
    benign: 'usually',
    where: 'packet_rcv, tpacket_rcv',
    since: '6.8',
    see: ['net/packet/af_packet.c', 'Documentation/networking/packet_mmap.rst'],
  },
  PFMEMALLOC: {
    meaning: 'The packet came from the emergency memory reserve and its socket may not use that.',
    cause: 'The machine was out of free pages when the packet arrived.',
    remedy:
      'Memory pressure: `sysctl vm.min_free_kbytes` higher, look at `free -m`, `cat /proc/pressure/memory`. Counter `nstat TcpExtPFMemallocDrop`.',
    benign: 'no',
    where: 'sk_filter_trim_cap and its callers',
    since: '6.17',
    see: ['net/core/filter.c'],
  },
};
