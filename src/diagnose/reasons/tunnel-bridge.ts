import type { ReasonRows } from './entry.ts';

const VXLAN = ['drivers/net/vxlan/vxlan_core.c', 'man 8 ip-link'];
const BRIDGE = ['net/bridge/br_input.c', 'man 8 bridge'];

const NO_TARGET = {
  cause:
    'No FDB entry and flooding is off, isolated or blocked ports, the only port is where it came from, or no VXLAN remote.',
  remedy:
    'Bridge: `bridge fdb show br BR`, `bridge -d link show` (flood, isolated, state), `bridge vlan`. VXLAN: `bridge fdb append 00:00:00:00:00:00 dev VX dst PEER`.',
  benign: 'no',
  see: ['net/bridge/br_forward.c', 'drivers/net/vxlan/vxlan_core.c', 'man 8 bridge'],
} as const;

/** VXLAN and other tunnels, bridges, MAC addresses. */
export const TUNNEL_BRIDGE: ReasonRows = {
  VXLAN_INVALID_HDR: {
    meaning: 'The VXLAN header is invalid: reserved bits are set or the VNI flag is missing.',
    cause:
      'Another protocol on the same UDP port, a GPE or GBP peer without that extension here, or mismatched reserved bits.',
    remedy: 'Compare both ends: `ip -d link show VX` (dstport, gbp, gpe); `tcpdump -nvX udp port 4789`.',
    benign: 'no',
    where: 'vxlan_rcv',
    since: '6.13',
    see: [...VXLAN, 'RFC 7348'],
  },
  VXLAN_VNI_NOT_FOUND: {
    meaning: 'No VXLAN device here has the network identifier (VNI) of the packet.',
    cause:
      'The device was not made or was removed, another VNI at the sender, or the packet came to another local address.',
    remedy:
      '`ip -d link show type vxlan` (id, local, dev) against the VNI in `tcpdump -nv udp port 4789`; collect-metadata devices need `bridge vni`.',
    benign: 'no',
    where: 'vxlan_rcv',
    since: '6.13',
    see: VXLAN,
  },
  VXLAN_ENTRY_EXISTS: {
    meaning: 'The inner source MAC is known behind another remote by an entry that may not move.',
    cause: 'A workload moved but its static FDB entry (control plane) did not follow, or a duplicated MAC.',
    remedy:
      '`bridge fdb show dev VX | grep MAC`: correct the static entry (`bridge fdb replace`), or repair the control plane (EVPN, CNI).',
    benign: 'no',
    where: 'vxlan_rcv (vxlan_snoop)',
    since: '6.13',
    see: VXLAN,
  },
  MAC_INVALID_SOURCE: {
    meaning: 'The inner source MAC is not a valid unicast address.',
    cause: 'A broken or spoofing sender behind the tunnel: zero or multicast source address.',
    remedy:
      'Find the sender: `tcpdump -e -n udp port 4789` prints the inner MACs; correct its address (`ip link set DEV address`).',
    benign: 'no',
    where: 'vxlan_rcv (vxlan_snoop)',
    since: '6.13',
    see: VXLAN,
  },
  NO_TX_TARGET: {
    meaning: 'The bridge or VXLAN device has nowhere to send the frame.',
    ...NO_TARGET,
    where: 'br_flood, br_handle_frame_finish, vxlan_xmit, vxlan_mdb_xmit',
    since: '6.14',
  },
  VXLAN_NO_REMOTE: {
    meaning: 'The VXLAN device has no remote to send the frame to (later called NO_TX_TARGET).',
    ...NO_TARGET,
    where: 'vxlan_xmit',
    since: '6.13',
  },
  IP_TUNNEL_ECN: {
    meaning: 'The outer header says congestion (CE) but the inner packet does not do ECN.',
    cause:
      'A router on the path marks packets that were sent as not ECN-capable, or the tunnel’s ECN handling differs per end.',
    remedy:
      'Counter `ip -s -s link show TUN` (frame errors), `sysctl net.ipv4.tcp_ecn`; correct marking on the path or the tunnel’s tos/ECN setting.',
    benign: 'no',
    where: 'vxlan_rcv, ip_tunnel_rcv',
    since: '6.13',
    see: ['include/net/inet_ecn.h', 'RFC 6040'],
  },
  TUNNEL_TXINFO: {
    meaning: 'A packet reached an external-mode tunnel without the tunnel’s metadata (remote, key).',
    cause: 'A route, tc action or OVS flow leads to the device but sets no encap; or plain traffic hit it.',
    remedy:
      'Set the encap: `ip route … encap ip id VNI dst PEER dev TUN`, or tc action tunnel_key set; `ip -d link show TUN` says external.',
    benign: 'no',
    where: 'vxlan_xmit, geneve_xmit, ip_md_tunnel_xmit',
    since: '6.13',
    see: ['drivers/net/vxlan/vxlan_core.c', 'man 8 tc-tunnel_key'],
  },
  LOCAL_MAC: {
    meaning: 'The frame’s source MAC is that of the receiving device itself.',
    cause: 'A layer-2 loop, our own multicast coming back, or a cloned VM or image with the same MAC.',
    remedy:
      'Look for the loop with `bridge fdb show | grep MAC` and STP (`bridge link`); give clones their own MAC: `ip link set DEV address`.',
    benign: 'no',
    where: 'vxlan_rcv (vxlan_set_mac)',
    since: '6.13',
    see: VXLAN,
  },
  MAC_IEEE_MAC_CONTROL: {
    meaning: 'A pause or other link-control frame, which a bridge must not pass on.',
    cause: 'Flow control on the link that the NIC hands up instead of eating it.',
    remedy: 'Nothing to do; `ethtool -a DEV` shows flow control, `ethtool -S DEV | grep pause` counts.',
    benign: 'always',
    where: 'br_handle_frame',
    since: '6.14',
    see: BRIDGE,
  },
  BRIDGE_INGRESS_STP_STATE: {
    meaning: 'The bridge port is not forwarding (blocking, listening or learning).',
    cause: 'The port just came up and waits out forward_delay, or STP blocks it to break a loop.',
    remedy:
      '`bridge -d link show dev PORT` (state); without loops `ip link set BR type bridge stp_state 0 forward_delay 0`; else mend the topology.',
    benign: 'no',
    where: 'br_handle_frame, br_handle_frame_finish',
    since: '6.14',
    see: BRIDGE,
  },
};
