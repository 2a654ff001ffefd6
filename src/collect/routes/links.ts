import { isUnavailable, unavailable } from '../../base/index.ts';
import { runInside } from '../inside.ts';
import { isRow, type JsonRow, jsonRows, numberIn, textIn } from '../json-lists.ts';
import { type Place, type Read, readingOf } from '../reading.ts';

/** One interface. */
export interface LinkState {
  readonly ifname: string;
  readonly ifindex: number;
  readonly up: boolean;
  /** False while the other end is missing; also for one that is not up. */
  readonly carrier: boolean;
  readonly mtu: number;
  readonly mac: string | null;
  readonly promiscuous: boolean;
  /** "veth", "bridge", "vlan", "vxlan" …, "loopback", "physical". */
  readonly kind: string;
  /** Bridge, bond or VRF that it belongs to. */
  readonly master: string | null;
  /** Of a VLAN device. */
  readonly vlan: { readonly id: number; readonly parent: string | null } | null;
  /** Of a bridge. */
  readonly vlanFiltering: boolean | null;
  /** XDP program attached: "drv", "skb", "hw"; null: none. */
  readonly xdp: string | null;
  /** Root queueing discipline. */
  readonly qdisc: string | null;
  readonly addresses: readonly LinkAddress[];
}

export interface LinkAddress {
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly prefix: number;
  /** IPv6 only: not usable yet, or given twice on this network. */
  readonly problem: 'tentative' | 'dadfailed' | null;
}

const ARGUMENTS = ['-j', '-d', 'addr', 'show'];

/** Interfaces with their addresses. Unavailable without ip(8). */
export function readLinks(place: Place): Read<readonly LinkState[]> {
  const text = runInside(place, 'ip', ARGUMENTS);
  if (isUnavailable(text)) return text;
  const source = `ip ${ARGUMENTS.join(' ')}`;
  const links = parseLinks(text);
  return links === undefined
    ? unavailable(source, 'it printed no JSON', 'update ip: -j came with iproute2 4.19')
    : readingOf(place, source, links);
}

export function parseLinks(text: string): LinkState[] | undefined {
  return jsonRows(text)?.flatMap(row => (textIn(row, 'ifname') === undefined ? [] : [linkOf(row)]));
}

function linkOf(row: JsonRow): LinkState {
  const flags = new Set(Array.isArray(row.flags) ? (row.flags as string[]) : []);
  const info = isRow(row.linkinfo) ? row.linkinfo : {};
  const data = isRow(info.info_data) ? info.info_data : {};
  const kind = textIn(info, 'info_kind') ?? (flags.has('LOOPBACK') ? 'loopback' : 'physical');
  const filtering = numberIn(data, 'vlan_filtering');
  return {
    ...{ ifname: textIn(row, 'ifname')!, ifindex: numberIn(row, 'ifindex') ?? 0 },
    up: flags.has('UP'),
    carrier: flags.has('LOWER_UP'),
    mtu: numberIn(row, 'mtu') ?? 0,
    mac: textIn(row, 'address') ?? null,
    promiscuous: (numberIn(row, 'promiscuity') ?? 0) > 0,
    kind,
    master: textIn(row, 'master') ?? null,
    vlan: kind === 'vlan' ? { id: numberIn(data, 'id') ?? 0, parent: textIn(row, 'link') ?? null } : null,
    vlanFiltering: filtering === undefined ? null : filtering !== 0,
    xdp: xdpOf(row),
    qdisc: textIn(row, 'qdisc') ?? null,
    addresses: Array.isArray(row.addr_info) ? row.addr_info.filter(isRow).map(addressOf) : [],
  };
}

const XDP_MODES: Readonly<Record<number, string>> = { 1: 'drv', 2: 'skb', 3: 'hw', 4: 'multi' };

function xdpOf({ xdp }: JsonRow): string | null {
  if (!isRow(xdp)) return null;
  return XDP_MODES[numberIn(xdp, 'mode') ?? 0] ?? null;
}

function addressOf(row: JsonRow): LinkAddress {
  return {
    family: textIn(row, 'family') === 'inet6' ? 'ipv6' : 'ipv4',
    address: textIn(row, 'local') ?? '',
    prefix: numberIn(row, 'prefixlen') ?? 0,
    problem: row.dadfailed === true ? 'dadfailed' : row.tentative === true ? 'tentative' : null,
  };
}

/** VLAN ids that have a device on this interface. */
export function vlansOn(links: readonly LinkState[], ifname: string): number[] {
  return links.flatMap(({ vlan }) => (vlan?.parent === ifname ? [vlan.id] : []));
}

/** The interface is a port of a bridge that filters VLANs, or is such a bridge. */
export function filtersVlans(links: readonly LinkState[], ifname: string): boolean {
  const link = links.find(one => one.ifname === ifname);
  const bridge = link?.master === null ? link : links.find(one => one.ifname === link?.master);
  return bridge?.vlanFiltering === true;
}

/** Whether an address belongs to this namespace. */
export function isLocal(links: readonly LinkState[], address: string): boolean {
  return links.some(({ addresses }) => addresses.some(one => one.address === address));
}
