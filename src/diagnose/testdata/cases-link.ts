import { ALL, type Case, NEWER } from './case.ts';
import { DATA, DATAGRAM, ROUTER, six, SYN, symptom } from './evidence.ts';

const at = (name: string, reason: string, packet = SYN) => symptom({ reason, function: name, packet });
const NEIGH = {
  'neigh.state': 'FAILED',
  'neigh.ip': '10.0.0.2',
  'neigh.ifname': 'veth0',
  'link.carrier': true,
  'link.up': true,
} as const;
const MAC = { 'link.mac': '02:00:00:00:00:02', 'link.promisc': false } as const;
const framed = (dst: string, packet = SYN) =>
  at('ip_rcv_core', 'OTHERHOST', { ...packet, ethernet: { src: '02:00:00:00:00:01', dst, type: 0x800 } });
const QUEUE = {
  ...{
    'link.carrier': true,
    'link.up': true,
    'qdisc.dropped.delta': 80,
    'qdisc.kind': 'pfifo',
    'qdisc.text': 'qdisc pfifo 1: root limit 10p',
  },
  'qdisc.wider': 'root handle 1: pfifo limit 40',
} as const;
const BIG = {
  'route.out.ifname': 'eth1',
  'link.mtu': 1500,
  'icmp.sent.type': 3,
  'icmp.sent.code': 4,
} as const;

export const LINK_CASES: readonly Case[] = [
  {
    name: 'ARP is not answered',
    on: ALL,
    symptoms: [at('arp_error_report', 'NEIGH_FAILED')],
    facts: NEIGH,
    is: 'neighbour-unresolved',
    sure: 'certain',
    near: [{ name: 'the cable is out', facts: { 'link.carrier': false }, is: 'link-no-carrier' }],
  },
  {
    name: 'the queue for it is full',
    on: ALL,
    symptoms: [at('__neigh_event_send', 'NEIGH_QUEUEFULL')],
    facts: { ...NEIGH, 'neigh.state': 'INCOMPLETE' },
    is: 'neighbour-unresolved',
    sure: 'certain',
  },
  {
    name: 'neighbour discovery, no reason',
    on: ALL,
    symptoms: [at('ndisc_error_report', 'NOT_SPECIFIED', six(SYN))],
    facts: NEIGH,
    is: 'neighbour-unresolved',
    sure: 'certain',
  },
  {
    name: 'the other end is down',
    on: ALL,
    symptoms: [at('__dev_queue_xmit', 'QDISC_DROP')],
    facts: { 'link.carrier': false, 'link.up': true, 'link.peer.ifname': 'veth1', 'link.peer.netns': ROUTER },
    is: 'link-no-carrier',
    sure: 'certain',
    near: [
      { name: 'a full queue', facts: QUEUE, is: 'qdisc-limit' },
      { name: 'nobody looked', facts: { 'link.carrier': undefined, 'link.up': undefined }, is: 'unknown' },
    ],
  },
  {
    name: 'the other end is down, IPv6',
    on: ALL,
    symptoms: [at('__dev_queue_xmit', 'QDISC_DROP', six(SYN))],
    facts: { 'link.carrier': false, 'link.up': true },
    is: 'link-no-carrier',
    sure: 'certain',
  },
  {
    name: 'for somebody else’s MAC',
    on: ALL,
    symptoms: [framed('02:00:00:00:00:99')],
    facts: {
      ...MAC,
      'neigh.wrong.ip': '10.0.0.2',
      'neigh.wrong.ifname': 'veth1',
      'neigh.wrong.netns': ROUTER,
    },
    is: 'wrong-mac',
    sure: 'certain',
    near: [
      {
        name: 'for our own MAC: it has a tag',
        symptoms: [framed('02:00:00:00:00:02')],
        facts: { 'frame.vlan': 7 },
        is: 'vlan-unknown',
      },
    ],
  },
  {
    name: 'for somebody else’s MAC, IPv6',
    on: ALL,
    symptoms: [framed('02:00:00:00:00:99', six(SYN))],
    facts: MAC,
    is: 'wrong-mac',
    sure: 'certain',
  },
  {
    name: 'a tag without a device',
    on: ALL,
    symptoms: [framed('02:00:00:00:00:02')],
    facts: { ...MAC, 'frame.vlan': 7 },
    is: 'vlan-unknown',
    sure: 'certain',
    near: [
      {
        name: 'another machine’s',
        symptoms: [framed('02:00:00:00:00:99')],
        facts: { 'frame.vlan': undefined },
        is: 'wrong-mac',
      },
      {
        name: 'another machine’s, with a tag that stayed',
        symptoms: [framed('02:00:00:00:00:99')],
        facts: {},
        is: 'wrong-mac',
      },
    ],
  },
  {
    name: 'a tag on what is for everybody',
    on: ALL,
    symptoms: [framed('ff:ff:ff:ff:ff:ff', DATAGRAM)],
    facts: { ...MAC, 'frame.vlan': 7 },
    is: 'vlan-unknown',
    sure: 'certain',
  },
  {
    name: 'a tag that nobody saw',
    on: ALL,
    symptoms: [framed('02:00:00:00:00:02', six(SYN))],
    facts: MAC,
    is: 'vlan-unknown',
    sure: 'likely',
  },
  {
    name: 'a bridge that filters',
    on: ALL,
    symptoms: [at('__allowed_ingress', 'NOT_SPECIFIED')],
    facts: { 'frame.vlan': 7, 'link.bridge.vlan_filtering': true },
    is: 'vlan-unknown',
    sure: 'certain',
  },
  {
    name: 'the queue is full',
    on: ALL,
    symptoms: [at('__dev_queue_xmit', 'QDISC_DROP', DATAGRAM)],
    facts: QUEUE,
    is: 'qdisc-limit',
    sure: 'certain',
    near: [
      {
        name: 'no carrier',
        facts: { 'link.carrier': false, 'qdisc.dropped.delta': 0 },
        is: 'link-no-carrier',
      },
    ],
  },
  {
    name: 'with a reason of its own',
    on: ['6.18'],
    symptoms: [at('__dev_queue_xmit', 'QDISC_OVERLIMIT', six(DATAGRAM))],
    facts: QUEUE,
    is: 'qdisc-limit',
    sure: 'certain',
  },
  {
    name: 'an fq flow over its limit',
    on: NEWER,
    symptoms: [at('__dev_queue_xmit', 'FQ_FLOW_LIMIT', DATAGRAM)],
    is: 'qdisc-limit',
    sure: 'certain',
  },
  {
    name: 'forwarded to a smaller link',
    on: ALL,
    symptoms: [at('ip_forward', 'PKT_TOO_BIG', DATA)],
    facts: BIG,
    is: 'mtu-exceeded',
    sure: 'certain',
  },
  {
    name: 'forwarded to a smaller link, IPv6',
    on: ALL,
    symptoms: [at('ip6_forward', 'PKT_TOO_BIG', six(DATA))],
    facts: BIG,
    is: 'mtu-exceeded',
    sure: 'certain',
  },
  {
    name: 'the other end takes less',
    on: ALL,
    symptoms: [at('__dev_forward_skb', 'NOT_SPECIFIED', DATA)],
    facts: {
      'link.mtu': 1500,
      'link.peer.mtu': 1400,
      'link.peer.ifname': 'veth1',
      'link.peer.netns': ROUTER,
    },
    is: 'mtu-exceeded',
    sure: 'certain',
    near: [
      {
        name: 'it takes as much',
        facts: {
          'link.peer.mtu': 1500,
          'snmp.IpFragFails.delta': 0,
          'snmp.Ip6FragFails.delta': 0,
          'snmp.Ip6InTooBigErrors.delta': 0,
        },
        is: 'unknown',
      },
    ],
  },
];
