import type { ReasonRows } from './entry.ts';

const SEE = ['net/openvswitch/drop.h', 'net/openvswitch/actions.c', 'man 8 ovs-dpctl'];
const TRACE = '`ovs-appctl ofproto/trace BR FLOW`';

/** enum ovs_drop_reason (6.6), names without OVS_DROP_. */
export const OPENVSWITCH: ReasonRows = {
  LAST_ACTION: {
    meaning: 'The flow’s actions ended without output: no match, or a flow that drops.',
    cause:
      'An OpenFlow rule without actions, the table-miss default, or a clone or sample that outputs nowhere.',
    remedy: `${TRACE} shows the rule; \`ovs-appctl dpctl/dump-flows -m | grep drop\`, \`ovs-ofctl dump-flows BR\`; with OVN \`ovn-trace\`.`,
    benign: 'no',
    where: 'do_execute_actions',
    since: '6.6',
    see: SEE,
  },
  ACTION_ERROR: {
    meaning: 'An action of the flow failed.',
    cause:
      'A header to change was missing or truncated, memory was short, or the packet does not fit the action.',
    remedy: `${TRACE} for the actions; \`dmesg | grep openvswitch\`, then correct the flow that does not suit this packet.`,
    benign: 'no',
    where: 'do_execute_actions',
    since: '6.6',
    see: SEE,
  },
  EXPLICIT: {
    meaning: 'An explicit drop action of the flow.',
    cause: 'OpenFlow drop rules, security groups or ACLs (OVN, OpenStack).',
    remedy: `${TRACE} names the rule; with OVN \`ovn-trace\` and \`ovn-nbctl acl-list\`.`,
    benign: 'no',
    where: 'do_execute_actions',
    since: '6.6',
    see: SEE,
  },
  EXPLICIT_WITH_ERROR: {
    meaning: 'ovs-vswitchd told the datapath to drop as it met an error itself.',
    cause:
      'Translation failed: too many resubmits, recursion too deep, no tunnel neighbour, or a port without a device.',
    remedy: `${TRACE} prints the error; \`ovs-appctl coverage/show | grep drop\`, \`ovs-vsctl show\`.`,
    benign: 'no',
    where: 'do_execute_actions',
    since: '6.6',
    see: SEE,
  },
  METER: {
    meaning: 'A meter’s rate was exceeded.',
    cause: 'Rate limit by an OpenFlow meter (QoS, control-plane protection).',
    remedy:
      '`ovs-ofctl -O OpenFlow13 meter-stats BR`; raise the band with `ovs-ofctl -O OpenFlow13 mod-meter`.',
    benign: 'no',
    where: 'do_execute_actions (ovs_meter_execute)',
    since: '6.6',
    see: ['net/openvswitch/meter.c', 'man 8 ovs-ofctl'],
  },
  RECURSION_LIMIT: {
    meaning: 'Actions were executed within actions too deep: a loop between bridges.',
    cause: 'Patch ports or tunnels that send the packet round in a circle.',
    remedy: `${TRACE} shows the circle; \`dmesg | grep "recursion limit"\` names the datapath; break it in \`ovs-vsctl show\`.`,
    benign: 'no',
    where: 'ovs_execute_actions',
    since: '6.6',
    see: SEE,
  },
  DEFERRED_LIMIT: {
    meaning: 'Too many deferred actions (recirculation, clone) waited for one packet.',
    cause: 'Flows that recirculate or copy one packet many times.',
    remedy: `Simplify what ${TRACE} shows: fewer clones, samples and recirculations per packet; \`dmesg | grep "deferred action"\`.`,
    benign: 'no',
    where: 'clone_execute',
    since: '6.6',
    see: SEE,
  },
  FRAG_L2_TOO_LONG: {
    meaning: 'The link-layer headers are too long to fragment the packet.',
    cause: 'Many stacked VLAN or MPLS tags on a reassembled packet larger than the MTU.',
    remedy:
      'Raise the MTU of the out port (`ip link set DEV mtu`, `ovs-vsctl set int DEV mtu_request=`) or use fewer tags.',
    benign: 'no',
    where: 'ovs_fragment',
    since: '6.6',
    see: SEE,
  },
  FRAG_INVALID_PROTO: {
    meaning: 'A reassembled packet that is neither IPv4 nor IPv6 had to be fragmented.',
    cause: 'A flow changed the Ethernet type of a packet that conntrack had reassembled.',
    remedy: `Correct the flow that ${TRACE} shows; equal MTUs avoid fragmenting at all.`,
    benign: 'no',
    where: 'ovs_fragment',
    since: '6.6',
    see: SEE,
  },
  CONNTRACK: {
    meaning: 'Connection tracking of the datapath failed for the packet.',
    cause: 'Zone limit reached, table full, NAT without free ports, or a helper refused.',
    remedy:
      '`ovs-appctl dpctl/ct-get-limits`, `conntrack -S`, `conntrack -C` against nf_conntrack_max; `dmesg | grep "conntrack limit"`.',
    benign: 'no',
    where: 'ovs_ct_execute',
    since: '6.6',
    see: ['net/openvswitch/conntrack.c'],
  },
  IP_TTL: {
    meaning: 'The TTL (hop limit) ran out at a dec_ttl action.',
    cause: 'A routing loop between logical routers, or traceroute.',
    remedy: `${TRACE}, or \`ovn-trace\` for logical routers; \`traceroute -n DST\` shows a loop.`,
    benign: 'no',
    where: 'do_execute_actions (dec_ttl_exception_handler)',
    since: '6.6',
    see: SEE,
  },
};
