// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { Btf, FieldPlace } from '../btf/index.ts';

/** What the probes read of an skb, its device, its socket and their namespaces. */
export type SkbPlaceName =
  | 'head'
  | 'data'
  | 'tail'
  | 'len'
  | 'mark'
  | 'protocol'
  | 'packetType'
  | 'macHeader'
  | 'networkHeader'
  | 'vlanTci'
  | 'device'
  | 'socket'
  | 'route'
  | 'routeDevice'
  | 'ifindex'
  | 'ifname'
  | 'deviceFlags'
  | 'deviceNet'
  | 'socketNet'
  | 'inode';

const FIELDS: Readonly<Record<SkbPlaceName, readonly [struct: string, path: string]>> = {
  head: ['sk_buff', 'head'],
  data: ['sk_buff', 'data'],
  tail: ['sk_buff', 'tail'],
  len: ['sk_buff', 'len'],
  mark: ['sk_buff', 'mark'],
  protocol: ['sk_buff', 'protocol'],
  packetType: ['sk_buff', 'pkt_type'],
  macHeader: ['sk_buff', 'mac_header'],
  networkHeader: ['sk_buff', 'network_header'],
  vlanTci: ['sk_buff', 'vlan_tci'],
  device: ['sk_buff', 'dev'],
  socket: ['sk_buff', 'sk'],
  route: ['sk_buff', '_skb_refdst'],
  routeDevice: ['dst_entry', 'dev'],
  ifindex: ['net_device', 'ifindex'],
  ifname: ['net_device', 'name'],
  deviceFlags: ['net_device', 'flags'],
  deviceNet: ['net_device', 'nd_net.net'],
  socketNet: ['sock', '__sk_common.skc_net.net'],
  inode: ['net', 'ns.inum'],
};

/** Where the running kernel keeps what the probes read. */
export type SkbPlaces = Readonly<Record<SkbPlaceName, FieldPlace>>;

/** Throws BtfNotFoundError naming the field when a kernel has none of that name. */
export function skbPlacesOf(btf: Btf): SkbPlaces {
  const places = Object.entries(FIELDS).map(([name, [struct, path]]) => [name, btf.field(struct, path)]);
  return Object.fromEntries(places) as SkbPlaces;
}
