import type { ReasonRows } from './entry.ts';

const TAP = ['drivers/net/tun.c', 'drivers/net/tap.c', 'Documentation/networking/tuntap.rst'];

/** Devices, drivers and the queues between them and the stack. */
export const DEVICE: ReasonRows = {
  CPU_BACKLOG: {
    meaning: 'The input queue of a CPU is full, or one flow took too much of it (flow limit).',
    cause: 'RPS, veth, loopback or a tunnel hands one CPU more packets than it can process.',
    remedy:
      'Spread the load (`/sys/class/net/DEV/queues/rx-0/rps_cpus`, RSS), raise `sysctl net.core.netdev_max_backlog`. Second column of `cat /proc/net/softnet_stat`.',
    benign: 'no',
    where: 'enqueue_to_backlog (inlined into netif_rx_internal, netif_receive_skb_internal)',
    since: '5.18',
    see: ['net/core/dev.c', 'Documentation/networking/scaling.rst'],
  },
  XDP: {
    meaning: 'A generic (skb mode) XDP program dropped the packet.',
    cause: 'The program’s verdict: load balancer, DDoS filter, or an aborted program.',
    remedy:
      '`bpftool net show dev DEV`, `bpftool prog show id ID`. Native XDP drops make no packet and no event: read the program’s own maps or `ethtool -S DEV | grep xdp`.',
    benign: 'no',
    where: 'do_xdp_generic',
    since: '5.18',
    see: ['net/core/dev.c', 'Documentation/networking/af_xdp.rst'],
  },
  UNHANDLED_PROTO: {
    meaning: 'Nothing in the kernel takes this Ethernet protocol (or this ICMP type, or IP version).',
    cause: 'LLDP, STP, CDP and other switch chatter; else a missing module (8021q, mpls_router, pppoe).',
    remedy:
      'Ignore switch chatter (install `lldpd` to use LLDP). Else load the module; `tcpdump -e -n -i DEV` shows the ethertype. Device counter rx_nohandler in `ip -s -s link`.',
    benign: 'usually',
    where: '__netif_receive_skb_core, ip6_rcv_core, icmp_rcv',
    since: '5.18',
    see: ['net/core/dev.c', 'net/ipv4/icmp.c'],
  },
  SKB_CSUM: {
    meaning: 'Computing or checking a checksum in software failed.',
    cause:
      'Headers point outside of the packet: a broken offload or a malformed packet from a tap, tunnel or raw socket.',
    remedy:
      'Switch offloads off to compare (`ethtool -K DEV tx off gso off`), in the guest too for a VM; `dmesg` may hold the driver’s complaint.',
    benign: 'no',
    where: 'tap_handle_frame, rawv6_rcv',
    since: '5.18',
    see: ['net/core/skbuff.c', 'Documentation/networking/checksum-offloads.rst'],
  },
  SKB_GSO_SEG: {
    meaning: 'A large packet could not be cut into segments.',
    cause:
      'Odd segment size or offload combination: XDP or BPF changed the packet, nested tunnels, a guest’s bad virtio header.',
    remedy:
      'Compare with `ethtool -K DEV gso off tso off gro off` on the devices of the path; update the driver or the guest; `dmesg | grep -i gso`.',
    benign: 'no',
    where: 'tap_handle_frame, validate_xmit_skb, openvswitch upcalls',
    since: '5.18',
    see: ['net/core/gso.c', 'Documentation/networking/segmentation-offloads.rst'],
  },
  SKB_BAD_GSO: {
    meaning: 'The packet claims to be a large segment but its headers contradict that.',
    cause: 'A guest or program (virtio, packet socket, tun) sent a bad segmentation header.',
    remedy:
      'Find the sender: the interface is its tap or veth. Update the guest’s driver, or `ethtool -K DEV tso off gso off` inside the guest.',
    benign: 'no',
    where: '__dev_queue_xmit (qdisc_pkt_len_segs_init)',
    see: ['net/core/dev.c', 'include/linux/virtio_net.h'],
  },
  SKB_UCOPY_FAULT: {
    meaning: 'Copying the packet’s data from user memory failed.',
    cause: 'The program behind a tun, tap or vhost device gave bad addresses, or its memory went away.',
    remedy:
      'Look at the process that owns the device (`ip tuntap show`, QEMU’s log); out of memory shows in `journalctl -k`.',
    benign: 'no',
    where: 'tun_net_xmit, tun_get_user, tap_get_user',
    since: '5.18',
    see: TAP,
  },
  DEV_HDR: {
    meaning: 'The driver’s own header in front of the packet (virtio-net, tun) is invalid.',
    cause: 'A guest or program writes wrong header sizes or offload flags to the tap device.',
    remedy:
      'Update guest driver or program; compare the header size it was told (TUNSETVNETHDRSZ); `ip -d tuntap show`.',
    benign: 'no',
    where: 'tap_get_user, tun_get_user',
    since: '5.18',
    see: TAP,
  },
  DEV_READY: {
    meaning: 'The device is down, not set up, or just going away.',
    cause:
      'Traffic for an interface that was taken down, a namespace being removed, or a tap with no program behind it.',
    remedy:
      '`ip link show DEV` and `ip monitor link`: bring it up, or start the program that should hold the tap. Drops during a teardown are expected.',
    benign: 'no',
    where: 'tun_net_xmit, enqueue_to_backlog, flush_backlog, vxlan_rcv, br_nf_pre_routing',
    since: '5.18',
    see: ['net/core/dev.c', 'drivers/net/tun.c'],
  },
  FULL_RING: {
    meaning: 'The ring towards the program behind a tun, tap or macvtap is full.',
    cause: 'The VM, VPN daemon or vhost thread does not read fast enough, or stands still.',
    remedy:
      'Check the reader’s CPU and scheduling; `ip link set DEV txqueuelen 10000`, more queues (multi_queue), vhost. Device drops in `ip -s link show DEV`.',
    benign: 'no',
    where: 'tun_net_xmit, tap_handle_frame',
    since: '5.18',
    see: TAP,
  },
  TAP_FILTER: {
    meaning: 'A BPF filter attached to the tun or tap device refused the packet.',
    cause: 'The owner of the device (QEMU, a sandbox) attached it with TUNSETFILTEREBPF or TUNATTACHFILTER.',
    remedy:
      'See which program it is: `bpftool prog list` and the owner from `ip -d tuntap show`; then its configuration.',
    benign: 'no',
    where: 'tun_net_xmit',
    since: '5.18',
    see: TAP,
  },
  TAP_TXFILTER: {
    meaning: 'The tap device’s MAC filter does not list the destination address.',
    cause: 'The guest asked only for certain addresses (TUNSETTXFILTER); flooded frames for others end here.',
    remedy:
      'If the guest should get it: correct its MAC or multicast list (`ip maddr` in the guest; libvirt trustGuestRxFilters).',
    benign: 'usually',
    where: 'tun_net_xmit',
    since: '5.18',
    see: TAP,
  },
  HDR_TRUNC: {
    meaning: 'A protocol header could not be pulled out: the packet ends too early.',
    cause: 'A runt or truncated packet, often written to a tun or tap device by a program.',
    remedy:
      '`tcpdump -nXX -i DEV` shows the packet; correct the program or guest that sends it (`ip -d tuntap show`).',
    benign: 'no',
    where: 'tun_get_user',
    since: '5.18',
    see: TAP,
  },
  NOMEM: {
    meaning: 'The kernel had no memory for the packet.',
    cause: 'Memory pressure, often for atomic allocations during traffic bursts.',
    remedy:
      '`free -m`, `cat /proc/pressure/memory`, `journalctl -k | grep -i "page allocation failure"`; raise `sysctl vm.min_free_kbytes`.',
    benign: 'no',
    where: 'any; often tun_net_xmit, vxlan_rcv, icmp_rcv, br_nf_pre_routing',
    since: '5.18',
    see: ['Documentation/admin-guide/sysctl/vm.rst'],
  },
  RECURSION_LIMIT: {
    meaning: 'A packet went through virtual devices too often on one way out.',
    cause: 'A tunnel or virtual device whose outer route leads back into itself.',
    remedy:
      '`ip route get OUTER-DST` must not name the tunnel: add a host route by the real device; `dmesg | grep -i "dead loop"` names the device.',
    benign: 'no',
    where: '__dev_queue_xmit',
    see: ['net/core/dev.c'],
  },
  MACVLAN_BROADCAST_BACKLOG: {
    meaning: 'The queue of broadcast and multicast frames waiting for a macvlan’s copies is full.',
    cause: 'A storm of broadcasts on the parent device, or very many macvlan devices on it.',
    remedy:
      'Find the storm (`tcpdump -e -n broadcast or multicast`), or `ip link set DEV type macvlan bcqueuelen 4000`.',
    benign: 'no',
    where: 'macvlan_broadcast_enqueue',
    see: ['drivers/net/macvlan.c'],
  },
  IPVLAN_MULTICAST_BACKLOG: {
    meaning: 'The queue of multicast frames waiting for an ipvlan’s copies is full.',
    cause: 'A storm of broadcasts or multicasts on the parent device.',
    remedy:
      'Find the storm with `tcpdump -e -n multicast`; drop what is not needed on the parent: `tc filter add dev PARENT ingress …`.',
    benign: 'no',
    where: 'ipvlan_multicast_enqueue',
    see: ['drivers/net/ipvlan/ipvlan_core.c'],
  },
  CAN_RX_INVALID_FRAME: {
    meaning: 'What arrived is not a valid CAN frame, or not from a CAN device.',
    cause: 'A broken CAN driver, or frames injected through a packet socket.',
    remedy:
      'Check the device and its driver: `ip -d link show canX`, `dmesg | grep PF_CAN`; look for programs injecting with `ss -0p`.',
    benign: 'no',
    where: 'can_rcv',
    since: '6.17',
    see: ['net/can/af_can.c'],
  },
  CANFD_RX_INVALID_FRAME: {
    meaning: 'What arrived is not a valid CAN FD frame, or the device cannot receive FD.',
    cause: 'A broken CAN driver, or frames injected through a packet socket.',
    remedy: 'Check FD mode and driver: `ip -d link show canX` (fd on), `dmesg | grep PF_CAN`.',
    benign: 'no',
    where: 'canfd_rcv',
    since: '6.17',
    see: ['net/can/af_can.c'],
  },
  CANXL_RX_INVALID_FRAME: {
    meaning: 'What arrived is not a valid CAN XL frame, or the device cannot receive XL.',
    cause: 'A broken CAN driver, or frames injected through a packet socket.',
    remedy: 'Check XL mode and driver: `ip -d link show canX`, `dmesg | grep PF_CAN`.',
    benign: 'no',
    where: 'canxl_rcv',
    since: '6.17',
    see: ['net/can/af_can.c'],
  },
};
