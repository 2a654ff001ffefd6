import { decodeIcmp, decodeIcmpv6 } from './icmp.ts';
import type { Layer } from './layer.ts';
import { decodeSctp, decodeTcp, decodeUdp } from './transport.ts';
import { decodeGre, decodeInnerIp } from './tunnel.ts';

/** `left`: bytes that the IP header promises from `at` on. */
type ProtocolDecoder = (layer: Layer, at: number, left: number) => void;

const PROTOCOLS: ReadonlyMap<number, ProtocolDecoder> = new Map<number, ProtocolDecoder>([
  [1, decodeIcmp],
  [4, decodeInnerIp],
  [6, decodeTcp],
  [17, decodeUdp],
  [41, decodeInnerIp],
  [47, decodeGre],
  [58, decodeIcmpv6],
  [132, decodeSctp],
  [136, decodeUdp],
]);

export function decodeProtocol(layer: Layer, at: number, protocol: number, left: number): void {
  PROTOCOLS.get(protocol)?.(layer, at, left);
}
