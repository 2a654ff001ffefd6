import { u16 } from './bytes.ts';
import { has, type Layer } from './layer.ts';
import { ICMP_NAMES, ICMPV6_NAMES, UNREACHABLE_NAMES, UNREACHABLE6_NAMES } from './names.ts';

/** What tells the two ICMPs apart. */
interface Kind {
  readonly names: Readonly<Record<number, string>>;
  readonly unreachable: number;
  readonly codes: Readonly<Record<number, string>>;
  readonly echoes: ReadonlySet<number>;
  /** Types that carry the start of the packet they complain about. */
  readonly errors: ReadonlySet<number>;
  readonly quoted: number;
}

const ICMP: Kind = {
  names: ICMP_NAMES,
  unreachable: 3,
  codes: UNREACHABLE_NAMES,
  echoes: new Set([0, 8]),
  errors: new Set([3, 4, 5, 11, 12]),
  quoted: 0x0800,
};
const ICMPV6: Kind = {
  names: ICMPV6_NAMES,
  unreachable: 1,
  codes: UNREACHABLE6_NAMES,
  echoes: new Set([128, 129]),
  errors: new Set([1, 2, 3, 4]),
  quoted: 0x86dd,
};

export function decodeIcmp(layer: Layer, at: number): void {
  decode(layer, at, ICMP);
}

export function decodeIcmpv6(layer: Layer, at: number): void {
  decode(layer, at, ICMPV6);
}

function decode(layer: Layer, at: number, kind: Kind): void {
  const { bytes, packet } = layer;
  if (!has(layer, at, 2)) return;
  const [type, code] = [bytes[at]!, bytes[at + 1]!];
  packet.icmpType = type;
  packet.icmpCode = code;
  packet.icmpName =
    (type === kind.unreachable ? kind.codes[code] : undefined) ?? kind.names[type] ?? `type-${type}`;
  if (!has(layer, at, 8)) return;
  if (kind.echoes.has(type)) {
    packet.icmpId = u16(bytes, at + 4);
    packet.icmpSeq = u16(bytes, at + 6);
  }
  if (kind.errors.has(type)) layer.inside(layer, at + 8, kind.quoted, 'icmp-error');
}
