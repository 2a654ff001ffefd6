import { ETHERTYPES } from '../abi/index.ts';
import type { Tunnel } from './packet.ts';
import { type Decode, isShort, u16At, u24At, u32At, type Walk } from './walk.ts';

const HEADER = 8;
const VXLAN_VNI_VALID = 0x08;

/** By UDP destination port: 4789 IANA's VXLAN, 8472 Linux' default for it, 6081 Geneve. */
const UDP_TUNNELS: Readonly<Record<number, Decode>> = {
  4789: decodeVxlan,
  8472: decodeVxlan,
  6081: decodeGeneve,
};

/** What is inside a UDP datagram, where the destination port says that it is a packet. */
export function decodeUdpTunnel(walk: Walk): void {
  UDP_TUNNELS[walk.packet.dport!]?.(walk);
}

function decodeVxlan(walk: Walk): void {
  if (isShort(walk, HEADER)) return;
  const { bytes, at } = walk;
  if (!(bytes[at]! & VXLAN_VNI_VALID)) return;
  walk.at += HEADER;
  enter(walk, { kind: 'vxlan', vni: u24At(bytes, at + 4) }, 'ethernet');
}

function decodeGeneve(walk: Walk): void {
  if (isShort(walk, HEADER)) return;
  const { bytes, at } = walk;
  const version = bytes[at]! >> 6;
  const length = HEADER + (bytes[at]! & 0x3f) * 4;
  if (version !== 0 || isShort(walk, length)) return;
  walk.at += length;
  enter(walk, { kind: 'geneve', vni: u24At(bytes, at + 4) }, layerOf(u16At(bytes, at + 2)));
}

const GRE_CHECKSUM = 0x8000;
const GRE_KEY = 0x2000;
const GRE_SEQUENCE = 0x1000;
const GRE_VERSION = 0x0007;

/** RFC 2784 and 2890; version 1 is PPTP, whose payload is PPP. */
export function decodeGre(walk: Walk): void {
  if (isShort(walk, 4)) return;
  const { bytes, at } = walk;
  const flags = u16At(bytes, at);
  const keyAt = at + 4 + (flags & GRE_CHECKSUM ? 4 : 0);
  const length = keyAt - at + (flags & GRE_KEY ? 4 : 0) + (flags & GRE_SEQUENCE ? 4 : 0);
  if (flags & GRE_VERSION || isShort(walk, length)) return;
  walk.at += length;
  const tunnel: Tunnel = flags & GRE_KEY ? { kind: 'gre', key: u32At(bytes, keyAt) } : { kind: 'gre' };
  enter(walk, tunnel, layerOf(u16At(bytes, at + 2)));
}

export function decodeIpInIp(walk: Walk): void {
  enter(walk, { kind: 'ipip' }, ETHERTYPES.ipv4);
}

export function decodeIpv6InIp(walk: Walk): void {
  enter(walk, { kind: 'ipip' }, ETHERTYPES.ipv6);
}

function layerOf(ethertype: number): 'ethernet' | number {
  return ethertype === ETHERTYPES.transparentBridging ? 'ethernet' : ethertype;
}

function enter(walk: Walk, tunnel: Tunnel, from: 'ethernet' | number): void {
  walk.packet.tunnel = tunnel;
  const inner = walk.nest(walk, from);
  if (inner) walk.packet.inner = inner;
}
