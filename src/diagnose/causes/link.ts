import type { Cause } from './cause.ts';
import type { Condition } from './condition.ts';
import { counted, dropped, GROUP_CHATTER, moved, TCP, unnamedAt } from './forms.ts';

const UNRESOLVED: Condition = {
  any: [
    dropped('NEIGH_FAILED', 'NEIGH_QUEUEFULL'),
    unnamedAt('arp_error_report', 'ndisc_error_report', 'neigh_invalidate'),
  ],
};

export const neighbourUnresolved: Cause = {
  id: 'neighbour-unresolved',
  title: 'The next hop does not answer ARP or neighbour discovery',
  when: [UNRESOLVED],
  sure: 'certain',
  says: [
    '{neigh.ip} on {neigh.ifname} does not tell its MAC address (state {neigh.state}): packets for {packet.dst} wait and are then dropped.',
    'The next hop to {packet.dst} on {drop.ifname} does not tell its MAC address: packets wait and are then dropped.',
    'A next hop does not tell its MAC address: packets wait and are then dropped.',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'neigh.state',
    'route.out',
    'route.out.gateway',
    'link.carrier',
    'neigh.res_failed.delta',
    'neigh.unresolved_discards.delta',
    'log.neigh_overflow',
  ],
  fix: [
    {
      run: 'ip neigh del {neigh.ip} dev {neigh.ifname}',
      changes: 'forgets the failed entry; the next packet asks again at once',
    },
    {
      run: 'see that {neigh.ip} is up, on this link and VLAN, and answers ARP or neighbour discovery (arp_ignore, ARP filters, a cloud’s source/destination check)',
      advice: true,
      changes: 'the root of it',
    },
    {
      run: 'see that the next hop is up, on this link and VLAN, and answers ARP or neighbour discovery',
      advice: true,
      when: [{ fact: 'drop.reason', exists: true }],
      changes: 'the root of it',
    },
  ],
  check: [{ run: 'ip neigh show {neigh.ip}' }, { run: 'ip -s neigh' }],
  settles: ['ip neigh show in this namespace: which next hop is FAILED or INCOMPLETE?'],
  see: ['net/core/neighbour.c', 'net/ipv4/arp.c', 'net/ipv6/ndisc.c'],
};

export const linkNoCarrier: Cause = {
  id: 'link-no-carrier',
  title: 'The interface has no carrier: what is sent is thrown away',
  when: [
    {
      any: [
        dropped('QDISC_DROP', 'DEV_READY'),
        UNRESOLVED,
        unnamedAt('__dev_queue_xmit', '__dev_direct_xmit'),
      ],
    },
    {
      any: [
        { fact: 'link.carrier', is: false },
        { fact: 'link.up', is: false },
      ],
    },
    // An unplugged interface still announces its groups: nobody misses that.
    { fact: 'packet.icmp', lacks: GROUP_CHATTER },
    { fact: 'packet.protocol', not: 'igmp' },
  ],
  sure: 'certain',
  explains: ['neighbour-unresolved', 'qdisc-limit'],
  says: [
    {
      text: '{drop.ifname} is administratively down: nothing leaves.',
      when: [{ fact: 'link.up', is: false }],
    },
    '{drop.ifname} is up but has no carrier: its other end is down or unplugged, and nothing leaves.',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'link.carrier',
    'link.up',
    'link.peer.ifname',
    'link.tx_dropped.delta',
  ],
  fix: [
    {
      run: 'ip link set dev {drop.ifname} up',
      when: [{ fact: 'link.up', is: false }],
      changes: '{drop.ifname} is switched on',
    },
    {
      run: 'ip link set dev {link.peer.ifname} up',
      where: { inode: 'link.peer.netns' },
      changes: 'the other end, {link.peer.ifname}, is switched on',
    },
    {
      run: 'see to the other end of {drop.ifname}: cable, switch port, or the peer interface',
      advice: true,
      changes: 'the root of it',
    },
  ],
  check: [{ run: 'ip link show dev {drop.ifname}' }],
  settles: ['ip link show dev {drop.ifname}: NO-CARRIER?'],
  see: ['net/sched/sch_generic.c', 'net/core/dev.c'],
};

/** Broadcast and multicast. */
const GROUP_MAC = '^.[13579bdf]:';

export const wrongMac: Cause = {
  id: 'wrong-mac',
  title: 'The frame is addressed to another machine’s MAC',
  when: [
    dropped('OTHERHOST'),
    { fact: 'packet.mac.dst', differsFrom: 'link.mac' },
    { fact: 'packet.mac.dst', lacks: GROUP_MAC },
  ],
  sure: 'certain',
  says: [
    'The packet for {packet.dst} came in on {drop.ifname} in a frame for {packet.mac.dst}; {drop.ifname} is {link.mac}: the sender has a stale or wrong neighbour entry.',
  ],
  shows: ['link.promisc', 'link.otherhost.delta', 'neigh.wrong.ip', 'neigh.wrong.netns'],
  fix: [
    {
      run: 'ip neigh del {neigh.wrong.ip} dev {neigh.wrong.ifname}',
      where: { inode: 'neigh.wrong.netns' },
      changes: 'the sender forgets the wrong MAC and asks anew',
    },
    {
      run: 'on the sender: ip neigh del {packet.dst} dev INTERFACE; after a moved address: arping -U from its new owner',
      advice: true,
      changes: 'the sender’s neighbour entry',
    },
  ],
  check: [{ run: 'ip -s -s link show dev {drop.ifname}' }],
  settles: ['tcpdump -e on {drop.ifname}: for which MAC are these frames, and which has ip link show?'],
  see: ['net/ipv4/ip_input.c', 'net/ethernet/eth.c'],
};

/** For us or for a group, and still another host's: of a frame without a tag that cannot be. */
const OWN_MAC: Condition = {
  all: [
    dropped('OTHERHOST'),
    {
      any: [
        { fact: 'packet.mac.dst', sameAs: 'link.mac' },
        { fact: 'packet.mac.dst', matches: GROUP_MAC },
      ],
    },
  ],
};
const BRIDGE_VLAN = unnamedAt('__allowed_ingress', 'br_allowed_ingress', 'br_handle_vlan', 'br_vlan_filter');

export const vlanUnknown: Cause = {
  id: 'vlan-unknown',
  title: 'The frame carries a VLAN tag that this interface does not know',
  when: [
    { any: [dropped('OTHERHOST'), BRIDGE_VLAN] },
    // Up to 6.1 the tag's number stays with frames that a VLAN device took: it proves nothing by itself.
    { any: [OWN_MAC, BRIDGE_VLAN] },
  ],
  sure: 'likely',
  sureIf: [
    { sure: 'certain', all: [{ fact: 'frame.vlan', atLeast: 1 }] },
    { sure: 'certain', all: [BRIDGE_VLAN, { fact: 'link.bridge.vlan_filtering', is: true }] },
  ],
  says: [
    'The frame has VLAN {frame.vlan}; {drop.ifname} has no device for it.',
    'The frame is for our own MAC and still counts as another host’s: it carries a VLAN tag that has no device on {drop.ifname}.',
    'The bridge port {drop.ifname} does not let this VLAN in.',
  ],
  shows: ['drop.reason', 'drop.function', 'packet.mac.dst', 'link.mac', 'link.vlans', 'packet.flow'],
  fix: [
    {
      run: 'bridge vlan add dev {drop.ifname} vid {frame.vlan}',
      when: [{ fact: 'link.bridge.vlan_filtering', is: true }],
      changes: 'VLAN {frame.vlan} is let in on {drop.ifname}',
      risk: 'Joins the port to that network.',
    },
    {
      run: 'ip link add link {drop.ifname} name vlan{frame.vlan} up type vlan id {frame.vlan}',
      when: [dropped('OTHERHOST')],
      changes: 'a device for VLAN {frame.vlan} on {drop.ifname}; it may need an address',
    },
    {
      run: 'or have the sender, or the switch port, send these frames without the tag',
      advice: true,
      changes: 'the other side of it',
    },
  ],
  check: [{ run: 'ip -d link show type vlan' }, { run: 'bridge vlan show' }],
  settles: ['tcpdump -e -i {drop.ifname} vlan: which tag do the frames carry?'],
  see: ['net/core/dev.c', 'net/8021q/vlan_core.c', 'net/bridge/br_vlan.c'],
};

const OVER_LIMIT = [
  'QDISC_OVERLIMIT',
  'OVERLIMIT',
  'CAKE_FLOOD',
  'FLOOD_PROTECTION',
  'FQ_BAND_LIMIT',
  'BAND_LIMIT',
  'FQ_FLOW_LIMIT',
  'FLOW_LIMIT',
  'FQ_HORIZON_LIMIT',
  'HORIZON_LIMIT',
  'MAXFLOWS',
];

export const qdiscLimit: Cause = {
  id: 'qdisc-limit',
  title: 'The queue of the interface is full: more is sent than its queueing discipline lets out',
  when: [
    { any: [dropped('QDISC_DROP', 'GENERIC', ...OVER_LIMIT), counted('qdisc.dropped.delta')] },
    // A device without carrier drops with the same reason, and no queue counts it.
    { any: [dropped(...OVER_LIMIT), moved('qdisc.dropped.delta')] },
  ],
  sure: 'certain',
  says: [
    'The {qdisc.kind} queue of {drop.ifname} dropped {qdisc.dropped.delta} packets: "{qdisc.text}".',
    'The queue of {drop.ifname} is full.',
    'A queueing discipline dropped {symptom.count} packets.',
  ],
  rule: ['{qdisc.text}'],
  shows: ['drop.reason', 'drop.function', 'qdisc.overlimits.delta', 'link.tx_dropped.delta', 'link.carrier'],
  fix: [
    {
      run: 'tc qdisc change dev {drop.ifname} {qdisc.wider|words}',
      changes: 'room for four times as much in the queue of {drop.ifname}',
      risk: 'Bursts are delayed instead of dropped; a sender that is always faster than the link fills any queue.',
    },
    {
      run: 'send slower, raise the rate of the shaper, or spread the load',
      advice: true,
      changes: 'the root of it',
    },
  ],
  check: [{ run: 'tc -s qdisc show dev {drop.ifname}' }],
  settles: [
    'tc -s qdisc show dev {drop.ifname} before and after: does "dropped" rise? ip link show: has it carrier?',
  ],
  see: ['net/core/dev.c', 'net/sched/', 'man 8 tc'],
};

const TOO_LONG_FOR: Condition = {
  any: [
    { fact: 'packet.length', atLeastShare: 1.0001, of: 'link.mtu' },
    { fact: 'packet.length', atLeastShare: 1.0001, of: 'link.peer.mtu' },
    moved('snmp.IpFragFails.delta'),
    moved('snmp.Ip6FragFails.delta'),
    moved('snmp.Ip6InTooBigErrors.delta'),
  ],
};

export const mtuExceeded: Cause = {
  id: 'mtu-exceeded',
  title: 'The packet is larger than the next link carries and must not be cut',
  when: [
    {
      any: [
        dropped('PKT_TOO_BIG'),
        unnamedAt(
          'ip_fragment',
          'ip_do_fragment',
          'ip_finish_output',
          '__ip_finish_output',
          'ip6_fragment',
          'ip6_forward',
          '__dev_forward_skb',
          '__dev_forward_skb2',
          'dev_forward_skb',
          'veth_xmit',
          'br_dev_queue_push_xmit',
        ),
      ],
    },
    { any: [dropped('PKT_TOO_BIG'), TOO_LONG_FOR] },
  ],
  sure: 'likely',
  sureIf: [
    { sure: 'certain', all: [dropped('PKT_TOO_BIG')] },
    { sure: 'certain', all: [{ fact: 'packet.length', atLeastShare: 1.0001, of: 'link.peer.mtu' }] },
    { sure: 'certain', all: [{ fact: 'packet.length', atLeastShare: 1.0001, of: 'link.mtu' }] },
  ],
  says: [
    {
      text: 'The packet of {packet.length} bytes to {packet.dst} must leave by {route.out.ifname}, whose MTU is smaller, and may not be fragmented.',
      when: [dropped('PKT_TOO_BIG')],
    },
    {
      text: 'The packet of {packet.length} bytes to {packet.dst} is larger than the next link’s MTU and may not be fragmented.',
      when: [dropped('PKT_TOO_BIG')],
    },
    'The packet of {packet.length} bytes is larger than the receiving end of {drop.ifname} takes ({link.peer.mtu}): no ICMP error tells the sender.',
    'The packet of {packet.length} bytes to {packet.dst} is larger than the link takes.',
  ],
  shows: [
    'drop.reason',
    'drop.function',
    'link.mtu',
    'icmp.sent.type',
    'icmp.sent.code',
    'snmp.IpFragFails.delta',
    'snmp.Icmp6OutPktTooBigs.delta',
  ],
  fix: [
    {
      run: "nft 'add table inet mssclamp; add chain inet mssclamp forward { type filter hook forward priority mangle; }; add rule inet mssclamp forward tcp flags syn tcp option maxseg size set rt mtu'",
      when: [TCP, dropped('PKT_TOO_BIG')],
      changes: 'new TCP connections through here agree on segments that fit (IPv4 and IPv6)',
      risk: 'Connections that exist keep their size.',
    },
    {
      run: 'ip link set dev {link.peer.ifname} mtu {packet.length}',
      where: { inode: 'link.peer.netns' },
      when: [{ fact: 'drop.reason', not: 'PKT_TOO_BIG' }],
      changes: 'the other end takes packets of {packet.length} bytes',
      risk: 'All devices of a link must agree on the MTU.',
    },
    {
      run: 'ip link set dev {route.out.ifname} mtu {packet.length}',
      when: [dropped('PKT_TOO_BIG')],
      changes: '{route.out.ifname} carries packets of {packet.length} bytes',
      risk: 'All devices of that link must take them too, else they vanish there without an error.',
    },
    {
      run: 'let the ICMP errors (type 3 code 4; ICMPv6 type 2) reach the sender, or lower its MTU',
      advice: true,
      changes: 'path MTU discovery works',
    },
  ],
  check: [
    { run: 'ip -d link show' },
    { run: 'ip route get {packet.dst}' },
    { run: 'nstat -az IpFragFails Ip6FragFails' },
  ],
  settles: [
    'Compare the packet’s length ({packet.length}) with the MTU of the next link and of its other end (ip link show).',
  ],
  see: ['net/ipv4/ip_forward.c', 'net/ipv6/ip6_output.c', 'net/core/dev.c'],
};
