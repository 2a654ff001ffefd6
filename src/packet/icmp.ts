import { ETHERTYPES } from '../abi/index.ts';
import { ipv6Text } from './address.ts';
import { ICMP_TYPES, ICMPV6_TYPES, icmpName } from './icmp-names.ts';
import { isShort, u16At, u32At, type Walk } from './walk.ts';

const HEADER = 8;
const NEIGHBOR_MESSAGE = 24;

/** Which types carry what behind the first 4 bytes. */
interface Contents {
  readonly echoes: ReadonlySet<number>;
  readonly errors: ReadonlySet<number>;
  /** The message that tells an MTU, and where in its header. */
  readonly mtu: {
    readonly type: number;
    readonly code: number;
    readonly read: typeof u32At;
    readonly at: number;
  };
  readonly targets: ReadonlySet<number>;
  readonly names: typeof ICMP_TYPES;
  readonly ethertype: number;
}

const V4: Contents = {
  echoes: new Set([0, 8, 42, 43]),
  errors: new Set([3, 4, 5, 11, 12]),
  mtu: { type: 3, code: 4, read: u16At, at: 6 },
  targets: new Set(),
  names: ICMP_TYPES,
  ethertype: ETHERTYPES.ipv4,
};

const V6: Contents = {
  echoes: new Set([128, 129]),
  errors: new Set([1, 2, 3, 4]),
  mtu: { type: 2, code: 0, read: u32At, at: 4 },
  targets: new Set([135, 136]),
  names: ICMPV6_TYPES,
  ethertype: ETHERTYPES.ipv6,
};

export function decodeIcmp(walk: Walk): void {
  decodeMessage(walk, V4);
}

export function decodeIcmpv6(walk: Walk): void {
  decodeMessage(walk, V6);
}

function decodeMessage(walk: Walk, contents: Contents): void {
  if (isShort(walk, 4)) return;
  const { bytes, at, packet } = walk;
  const type = bytes[at]!;
  const code = bytes[at + 1]!;
  packet.icmpType = type;
  packet.icmpCode = code;
  packet.icmpName = icmpName(contents.names, type, code);
  if (contents.echoes.has(type)) decodeEcho(walk);
  else if (contents.errors.has(type)) decodeError(walk, contents, type, code);
  else if (contents.targets.has(type)) decodeTarget(walk);
}

function decodeEcho(walk: Walk): void {
  if (isShort(walk, HEADER)) return;
  walk.packet.icmpId = u16At(walk.bytes, walk.at + 4);
  walk.packet.icmpSeq = u16At(walk.bytes, walk.at + 6);
}

function decodeTarget(walk: Walk): void {
  if (isShort(walk, NEIGHBOR_MESSAGE)) return;
  walk.packet.icmpTarget = ipv6Text(walk.bytes, walk.at + HEADER);
}

/** Errors quote the packet that they are about from its IP header on; often only 8 bytes of its transport header. */
function decodeError(walk: Walk, { mtu, ethertype }: Contents, type: number, code: number): void {
  if (isShort(walk, HEADER)) return;
  if (type === mtu.type && code === mtu.code) walk.packet.icmpMtu = mtu.read(walk.bytes, walk.at + mtu.at);
  walk.at += HEADER;
  if (walk.at === walk.end) return;
  const quoted = walk.nest(walk, ethertype);
  if (quoted) walk.packet.quoted = quoted;
}
