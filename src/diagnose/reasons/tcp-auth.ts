import type { ReasonRows } from './entry.ts';

const SEE = ['net/ipv4/tcp.c', 'net/ipv4/tcp_ao.c', 'Documentation/networking/tcp_ao.rst'];
const MD5 = ['net/ipv4/tcp.c', 'RFC 2385'];
const WHERE = 'tcp_v4_rcv, tcp_v6_rcv (tcp_inbound_hash)';

/** TCP-MD5, TCP-AO and PSP: segments whose proof of origin is missing or wrong. */
export const TCP_AUTH: ReasonRows = {
  TCP_AUTH_HDR: {
    meaning: 'The TCP-MD5 or TCP-AO option is malformed, or both are present.',
    cause: 'A broken peer stack, or a middlebox that edits TCP options.',
    remedy:
      'Look at the options with `tcpdump -nvX`; take option-stripping firewalls off the path and configure one method, not both, at the peer.',
    benign: 'no',
    where: WHERE,
    since: '6.7',
    see: SEE,
  },
  TCP_MD5NOTFOUND: {
    meaning: 'An MD5 key is set for this peer but the segment is not signed.',
    cause: 'The peer (often a BGP neighbour) has no password, or something removed the option.',
    remedy:
      'Set the same password at the peer, or remove it here (FRR: `neighbor X password`). Counter `nstat TcpExtTCPMD5NotFound`.',
    benign: 'no',
    where: WHERE,
    since: '5.18',
    see: MD5,
  },
  TCP_MD5UNEXPECTED: {
    meaning: 'The segment is signed with MD5 but no key is set here for this peer.',
    cause: 'The password is configured on the other side only, or for another address of this peer.',
    remedy:
      'Set the key for exactly this peer address, or remove it at the peer (FRR: `neighbor X password`). Counter `nstat TcpExtTCPMD5Unexpected`.',
    benign: 'no',
    where: WHERE,
    since: '5.18',
    see: MD5,
  },
  TCP_MD5FAILURE: {
    meaning: 'The MD5 signature does not match.',
    cause: 'Different passwords, or NAT between the peers (addresses and ports are part of the signature).',
    remedy:
      'Use the same password on both sides and no NAT on the path; `dmesg | grep -i md5` names the peer. Counter `nstat TcpExtTCPMD5Failure`.',
    benign: 'no',
    where: WHERE,
    since: '5.18',
    see: MD5,
  },
  TCP_AONOTFOUND: {
    meaning: 'TCP-AO is required for this peer but the segment carries none.',
    cause: 'The peer has no TCP-AO key configured, or the option was stripped on the way.',
    remedy: 'Configure the key at the peer, or clear ao_required here. Counter `nstat TcpExtTCPAORequired`.',
    benign: 'no',
    where: WHERE,
    since: '6.7',
    see: SEE,
  },
  TCP_AOUNEXPECTED: {
    meaning: 'The segment carries TCP-AO but this socket has no key for the peer.',
    cause: 'TCP-AO is configured on the other side only, or the key here is bound to another address or VRF.',
    remedy:
      'Add a key that matches the peer address, or remove it at the peer. Counter `nstat TcpExtTCPAOKeyNotFound`.',
    benign: 'no',
    where: WHERE,
    since: '6.7',
    see: SEE,
  },
  TCP_AOKEYNOTFOUND: {
    meaning: 'The KeyID in the segment is not known here.',
    cause: 'Keys were rotated in the wrong order, or SendID and RecvID are swapped between the peers.',
    remedy:
      'Add the key before the peer starts using it; SendID there must be RecvID here. Counter `nstat TcpExtTCPAOKeyNotFound`.',
    benign: 'no',
    where: WHERE,
    since: '6.7',
    see: SEE,
  },
  TCP_AOFAILURE: {
    meaning: 'The TCP-AO signature does not match.',
    cause:
      'Different key or algorithm, NAT on the path, or one side excludes TCP options and the other does not.',
    remedy:
      'Compare key, algorithm and option coverage on both sides, remove NAT. Counter `nstat TcpExtTCPAOBad`.',
    benign: 'no',
    where: WHERE,
    since: '6.7',
    see: SEE,
  },
  PSP_INPUT: {
    meaning: 'A received segment failed the connection’s PSP (encryption by the NIC) check.',
    cause:
      'Sent in clear on a connection that demands PSP, or with keys of another connection or an old generation.',
    remedy:
      'Compare the keys and versions both ends installed (`ynl --family psp --dump dev-get`); reset the connection after a key rotation.',
    benign: 'no',
    where: 'tcp_v4_rcv, tcp_v6_rcv (psp_sk_rx_policy_check)',
    since: '6.18',
    see: ['Documentation/networking/psp.rst', 'net/psp/psp_sock.c'],
  },
  PSP_OUTPUT: {
    meaning: 'A segment of a PSP connection was about to leave where it could not be encrypted.',
    cause:
      'The route moved to a device without PSP or other than the one holding the keys, or encapsulation failed.',
    remedy:
      'Pin the route to the PSP device: `ip route get DST`; check with `ynl --family psp --dump dev-get` that the device offers PSP.',
    benign: 'no',
    where: 'psp_validate_xmit, drivers',
    since: '6.18',
    see: ['Documentation/networking/psp.rst', 'net/psp/psp_sock.c'],
  },
};
