import { ETHERTYPES } from '../abi/index.ts';
import { ipv4Text, macText } from './address.ts';
import { decodeIpv4, decodeIpv6 } from './ip.ts';
import { ethertypeName } from './names.ts';
import { type Decode, isShort, u16At, type Walk } from './walk.ts';

const ETHERNET_HEADER = 14;
const TAG_BYTES = 4;
const MAX_TAGS = 8;
/** Below this the field behind the addresses is a length (IEEE 802.3), and LLC follows. */
const SMALLEST_TYPE = 0x600;
const SPANNING_TREE_SAP = 0x42;

const TYPES: Readonly<Record<number, Decode>> = {
  [ETHERTYPES.ipv4]: decodeIpv4,
  [ETHERTYPES.ipv6]: decodeIpv6,
  [ETHERTYPES.arp]: decodeArp,
  [ETHERTYPES.vlan]: decodeTags,
  [ETHERTYPES.vlanService]: decodeTags,
};

export function decodeEthernet(walk: Walk): void {
  walk.packet.protocol = 'ethernet';
  if (isShort(walk, ETHERNET_HEADER)) return;
  const { bytes, at, packet } = walk;
  const type = u16At(bytes, at + 12);
  packet.ethernet = { src: macText(bytes, at + 6), dst: macText(bytes, at), type };
  walk.at += ETHERNET_HEADER;
  if (type < SMALLEST_TYPE) decodeLlc(walk);
  else decodeEthertype(walk, type);
}

/** What follows a field with this ethertype. */
export function decodeEthertype(walk: Walk, type: number): void {
  const decode = TYPES[type];
  if (decode) decode(walk);
  else walk.packet.protocol = ethertypeName(type);
}

/** One tag after another; starts behind the first tag's ethertype. */
function decodeTags(walk: Walk): void {
  const { bytes, packet } = walk;
  const ids: number[] = [];
  packet.vlan = ids;
  packet.protocol = 'vlan';
  let type: number = ETHERTYPES.vlan;
  while (TYPES[type] === decodeTags && ids.length < MAX_TAGS) {
    if (isShort(walk, TAG_BYTES)) return;
    ids.push(u16At(bytes, walk.at) & 0xfff);
    type = u16At(bytes, walk.at + 2);
    walk.at += TAG_BYTES;
  }
  if (packet.ethernet) packet.ethernet = { ...packet.ethernet, type };
  if (TYPES[type] !== decodeTags) decodeEthertype(walk, type);
}

function decodeLlc(walk: Walk): void {
  walk.packet.protocol = 'llc';
  if (isShort(walk, 3)) return;
  if (walk.bytes[walk.at] === SPANNING_TREE_SAP) walk.packet.protocol = 'stp';
}

const ARP_MESSAGE = 28;
const ARP_OPERATIONS: Readonly<Record<number, string>> = { 1: 'request', 2: 'reply' };

/** Of Ethernet and IPv4 only: others keep just their name. */
function decodeArp(walk: Walk): void {
  const { bytes, at, packet } = walk;
  packet.family = 'arp';
  packet.protocol = 'arp';
  if (isShort(walk, ARP_MESSAGE)) return;
  if (u16At(bytes, at + 2) !== ETHERTYPES.ipv4 || u16At(bytes, at + 4) !== 0x0604) return;
  const op = u16At(bytes, at + 6);
  packet.arp = {
    op: ARP_OPERATIONS[op] ?? `op-${op}`,
    senderMac: macText(bytes, at + 8),
    senderIp: ipv4Text(bytes, at + 14),
    targetMac: macText(bytes, at + 18),
    targetIp: ipv4Text(bytes, at + 24),
  };
  packet.src = packet.arp.senderIp;
  packet.dst = packet.arp.targetIp;
}
