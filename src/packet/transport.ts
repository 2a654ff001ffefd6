import { u16, u32 } from './bytes.ts';
import { has, type Layer } from './layer.ts';
import { TCP_FLAG_TEXT } from './names.ts';
import { decodeUdpTunnel } from './tunnel.ts';

export function decodeTcp(layer: Layer, at: number, left: number): void {
  const { packet, bytes } = layer;
  if (!ports(layer, at) || !has(layer, at, 16)) return;
  packet.tcpFlags = TCP_FLAG_TEXT[bytes[at + 13]!]!;
  packet.seq = u32(bytes, at + 4);
  packet.ack = u32(bytes, at + 8);
  packet.window = u16(bytes, at + 14);
  packet.payload = Math.max(0, left - (bytes[at + 12]! >>> 4) * 4);
}

export function decodeUdp(layer: Layer, at: number): void {
  const { packet, bytes } = layer;
  if (!ports(layer, at) || !has(layer, at, 8)) return;
  packet.payload = Math.max(0, u16(bytes, at + 4) - 8);
  decodeUdpTunnel(layer, at + 8);
}

export function decodeSctp(layer: Layer, at: number): void {
  ports(layer, at);
}

function ports(layer: Layer, at: number): boolean {
  if (!has(layer, at, 4)) return false;
  layer.packet.sport = u16(layer.bytes, at);
  layer.packet.dport = u16(layer.bytes, at + 2);
  return true;
}
