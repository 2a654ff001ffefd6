import { tcpFlagsText } from './names.ts';
import type { TcpOptions } from './packet.ts';
import { decodeUdpTunnel } from './tunnels.ts';
import { isShort, u16At, u32At, type Walk } from './walk.ts';

const SYN = 0x02;
const ACK = 0x10;
const TCP_HEADER = 20;
const UDP_HEADER = 8;

/** The first 4 bytes of TCP, UDP, UDP-Lite, SCTP and DCCP. */
export function decodePorts(walk: Walk): void {
  if (isShort(walk, 4)) return;
  walk.packet.sport = u16At(walk.bytes, walk.at);
  walk.packet.dport = u16At(walk.bytes, walk.at + 2);
}

export function decodeTcp(walk: Walk): void {
  decodePorts(walk);
  if (isShort(walk, TCP_HEADER)) return;
  const { bytes, at, packet } = walk;
  const headerLength = (bytes[at + 12]! >> 4) * 4;
  const flags = bytes[at + 13]!;
  packet.seq = u32At(bytes, at + 4);
  if (flags & ACK) packet.ack = u32At(bytes, at + 8);
  packet.tcpFlags = tcpFlagsText(flags);
  packet.window = u16At(bytes, at + 14);
  packet.payload = Math.max(0, walk.announced - at - headerLength);
  if (flags & SYN) decodeOptions(walk, headerLength);
}

export function decodeUdp(walk: Walk): void {
  decodePorts(walk);
  if (isShort(walk, UDP_HEADER)) return;
  walk.packet.payload = Math.max(0, u16At(walk.bytes, walk.at + 4) - UDP_HEADER);
  walk.at += UDP_HEADER;
  decodeUdpTunnel(walk);
}

interface Option {
  /** Bytes that the option must have, kind and length included. */
  readonly length: number;
  readonly read: (bytes: Uint8Array, at: number) => TcpOptions;
}

/** By kind (RFC 9293, 7323, 2018). */
const OPTIONS: Readonly<Record<number, Option>> = {
  2: { length: 4, read: (bytes, at) => ({ mss: u16At(bytes, at + 2) }) },
  3: { length: 3, read: (bytes, at) => ({ windowScale: bytes[at + 2]! }) },
  4: { length: 2, read: () => ({ sackPermitted: true }) },
  8: { length: 10, read: (bytes, at) => ({ timestamp: u32At(bytes, at + 2) }) },
};
const END = 0;
const NO_OPERATION = 1;

function decodeOptions(walk: Walk, headerLength: number): void {
  if (headerLength <= TCP_HEADER || isShort(walk, headerLength)) return;
  const { bytes } = walk;
  const end = walk.at + headerLength;
  let options: TcpOptions = {};
  let at = walk.at + TCP_HEADER;
  while (at < end && bytes[at] !== END) {
    const length = optionLength(bytes, at, end);
    if (length === 0) break;
    const option = OPTIONS[bytes[at]!];
    if (option?.length === length) options = { ...options, ...option.read(bytes, at) };
    at += length;
  }
  walk.packet.tcpOptions = options;
}

/** 0 when the option does not fit. */
function optionLength(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === NO_OPERATION) return 1;
  const length = at + 1 < end ? bytes[at + 1]! : 0;
  return length >= 2 && at + length <= end ? length : 0;
}
