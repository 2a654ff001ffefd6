import { u16, u24 } from './bytes.ts';
import { has, type Layer } from './layer.ts';

const VXLAN_PORTS: ReadonlySet<number> = new Set([4789, 8472]);
const GENEVE_PORT = 6081;
const ETHERNET_BRIDGING = 0x6558;
const VXLAN_VNI_VALID = 0x08;

/** By destination port: 4789 (IANA) and 8472 (Linux's default, flannel, Cilium) VXLAN, 6081 Geneve. */
export function decodeUdpTunnel(layer: Layer, at: number): void {
  const port = layer.packet.dport!;
  if (VXLAN_PORTS.has(port)) decodeVxlan(layer, at);
  else if (port === GENEVE_PORT) decodeGeneve(layer, at);
}

/** RFC 7348. */
function decodeVxlan(layer: Layer, at: number): void {
  if (!has(layer, at, 8) || (layer.bytes[at]! & VXLAN_VNI_VALID) === 0) return;
  layer.inside(layer, at + 8, 'ethernet', 'vxlan', u24(layer.bytes, at + 4));
}

/** RFC 8926. */
function decodeGeneve(layer: Layer, at: number): void {
  if (!has(layer, at, 8) || layer.bytes[at]! >>> 6 !== 0) return;
  const options = (layer.bytes[at]! & 0x3f) * 4;
  const type = u16(layer.bytes, at + 2);
  const from = type === ETHERNET_BRIDGING ? 'ethernet' : type;
  layer.inside(layer, at + 8 + options, from, 'geneve', u24(layer.bytes, at + 4));
}

const GRE_CHECKSUM = 0x8000;
const GRE_KEY = 0x2000;
const GRE_SEQUENCE = 0x1000;
const GRE_VERSION = 0x0007;

/** RFC 2784, 2890; version 0 only. */
export function decodeGre(layer: Layer, at: number): void {
  if (!has(layer, at, 4)) return;
  const flags = u16(layer.bytes, at);
  if ((flags & GRE_VERSION) !== 0) return;
  const options = [GRE_CHECKSUM, GRE_KEY, GRE_SEQUENCE].filter(bit => flags & bit).length * 4;
  const type = u16(layer.bytes, at + 2);
  layer.inside(layer, at + 4 + options, type === ETHERNET_BRIDGING ? 'ethernet' : type, 'gre');
}

/** IP directly in IP; which, tells the outer family and the inner version. */
export function decodeInnerIp(layer: Layer, at: number): void {
  if (!has(layer, at, 1)) return;
  const six = layer.bytes[at]! >>> 4 === 6;
  const outerSix = layer.packet.family === 'ipv6';
  const tunnel = six ? (outerSix ? '6in6' : '6in4') : outerSix ? '4in6' : 'ipip';
  layer.inside(layer, at, six ? 0x86dd : 0x0800, tunnel);
}
