import type { Cause } from './cause.ts';
import { dropped, unnamedAt } from './forms.ts';

const SWITCH_OFF =
  'whoever calculates it wrong: offloads of the sending NIC or of a tunnel device, NAT or BPF that rewrites, or the wire';

export const checksumBad: Cause = {
  id: 'checksum-bad',
  title: 'The packet’s checksum is wrong: it was damaged, or never finished',
  when: [
    {
      any: [
        dropped('TCP_CSUM', 'UDP_CSUM', 'IP_CSUM', 'ICMP_CSUM', 'SKB_CSUM'),
        {
          fact: 'symptom.counter',
          oneOf: ['snmp.TcpInCsumErrors.delta', 'snmp.UdpInCsumErrors.delta', 'snmp.Udp6InCsumErrors.delta'],
        },
      ],
    },
  ],
  sure: 'certain',
  says: [
    'The checksum of {packet.flow} ({drop.reason}) was wrong on arrival at {drop.ifname}: {symptom.count} packets.',
    '{symptom.count} packets came with a wrong checksum ({symptom.counter}).',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'snmp.TcpInCsumErrors.delta',
    'snmp.UdpInCsumErrors.delta',
    'snmp.Udp6InCsumErrors.delta',
    'link.rx_crc_errors.delta',
  ],
  fix: [
    {
      run: 'ethtool -K {drop.ifname} rx off',
      changes: 'checksums are verified in software: cures a receiving NIC that judges wrong',
      risk: 'More CPU for each packet.',
    },
    {
      run: 'on the sender: ethtool -K INTERFACE tx off (and on its tunnel device) to see whether offload leaves it unfinished',
      advice: true,
      changes: SWITCH_OFF,
    },
  ],
  check: [
    { run: 'nstat -az TcpInCsumErrors UdpInCsumErrors IcmpInCsumErrors' },
    { run: 'tcpdump -vv -c 5 -i {drop.ifname} host {packet.src}' },
  ],
  settles: ['tcpdump -vv on the sender and here: on which of them is the checksum already wrong?'],
  see: ['net/ipv4/tcp_ipv4.c', 'net/ipv4/udp.c', 'Documentation/networking/checksum-offloads.rst'],
};

export const protocolUnknown: Cause = {
  id: 'protocol-unknown',
  title: 'Nothing in this kernel handles the packet’s protocol',
  when: [dropped('UNHANDLED_PROTO', 'IP_NOPROTO')],
  sure: 'certain',
  says: [
    { text: 'No handler for IP protocol {packet.protocol}: {packet.flow}.', when: [dropped('IP_NOPROTO')] },
    'No handler for {packet.protocol} frames that come in on {drop.ifname}.',
    'No handler for the packet’s protocol.',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'link.nohandler.delta',
    'snmp.IpInUnknownProtos.delta',
    'snmp.Ip6InUnknownProtos.delta',
    'icmp.sent.type',
    'icmp.sent.code',
  ],
  fix: [
    {
      run: 'modprobe sctp',
      where: 'host',
      when: [{ fact: 'packet.protocol', is: 'sctp' }],
      changes: 'SCTP is understood',
      hostWide: true,
    },
    {
      run: 'modprobe ip_gre',
      where: 'host',
      when: [{ fact: 'packet.protocol', is: 'gre' }],
      changes: 'GRE is understood; a tunnel device must take it',
      hostWide: true,
    },
    {
      run: 'load the module or configure the tunnel or service that handles it, or stop the sender; when neither is wanted, nothing is broken',
      advice: true,
      changes: 'somebody takes it',
    },
  ],
  check: [
    { run: 'nstat -az IpInUnknownProtos Ip6InUnknownProtos' },
    { run: 'ip -s -s link show dev {drop.ifname}' },
  ],
  settles: ['tcpdump -e -i {drop.ifname}: which protocol is it?'],
  see: ['net/core/dev.c', 'net/ipv4/ip_input.c', 'net/ipv6/ip6_input.c'],
};

const EXPIRED = unnamedAt(
  'ip_expire',
  'ip6_frag_expire',
  'ip6frag_expire_frag_queue',
  'inet_frag_rbtree_purge',
  'inet_frag_queue_flush',
  'inet_frag_destroy',
  'inet_frags_free_cb',
  'nf_ct_frag6_expire',
  'nf_ct_frag6_gather',
);

export const fragmentLost: Cause = {
  id: 'fragment-lost',
  title: 'Some fragments of a packet never came: the others were thrown away',
  when: [
    {
      any: [
        dropped('FRAG_REASM_TIMEOUT', 'DUP_FRAG', 'FRAG_TOO_FAR'),
        EXPIRED,
        { fact: 'symptom.counter', oneOf: ['snmp.IpReasmTimeout.delta', 'snmp.Ip6ReasmTimeout.delta'] },
      ],
    },
  ],
  sure: 'likely',
  sureIf: [
    { sure: 'certain', all: [dropped('FRAG_REASM_TIMEOUT', 'DUP_FRAG', 'FRAG_TOO_FAR')] },
    {
      sure: 'certain',
      all: [
        {
          any: [
            { fact: 'snmp.IpReasmTimeout.delta', atLeast: 1, anywhere: true },
            { fact: 'snmp.Ip6ReasmTimeout.delta', atLeast: 1, anywhere: true },
          ],
        },
      ],
    },
  ],
  says: [
    'Fragments from {packet.src} to {packet.dst} waited for the rest of their packet in vain ({symptom.count} thrown away).',
    'Packets could not be put together again: fragments were missing ({symptom.count} times).',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'snmp.IpReasmTimeout.delta',
    'snmp.Ip6ReasmTimeout.delta',
    'snmp.IpReasmFails.delta',
    'snmp.Ip6ReasmFails.delta',
    'sysctl.ipfrag_time',
  ],
  fix: [
    {
      run: 'sysctl -w net.ipv4.ipfrag_time=30',
      when: [
        { fact: 'sysctl.ipfrag_time', atMost: 10 },
        { fact: 'packet.family', is: 'ipv4' },
      ],
      changes: 'fragments wait the usual 30 s for the others',
      risk: 'More memory for half packets.',
    },
    {
      run: 'sysctl -w net.ipv6.ip6frag_time=60',
      when: [
        { fact: 'sysctl.ip6frag_time', atMost: 10 },
        { fact: 'packet.family', is: 'ipv6' },
      ],
      changes: 'fragments wait the usual 60 s for the others',
      risk: 'More memory for half packets.',
    },
    {
      run: 'avoid fragments (smaller datagrams, path MTU discovery); see whether a firewall or load balancer on the way drops those without ports',
      advice: true,
      changes: 'the root of it',
    },
  ],
  check: [{ run: 'nstat -az IpReasmFails IpReasmTimeout Ip6ReasmFails Ip6ReasmTimeout' }],
  settles: [
    'nstat IpReasmTimeout (Ip6ReasmTimeout) in this namespace, and tcpdump for fragments on each hop: where is one missing?',
  ],
  see: ['net/ipv4/ip_fragment.c', 'net/ipv6/reassembly.c', 'Documentation/networking/ip-sysctl.rst'],
};
