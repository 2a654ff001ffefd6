import { u16At } from './walk.ts';

const DECIMAL: readonly string[] = Array.from({ length: 256 }, (_, value) => String(value));
const HEX: readonly string[] = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));
const GROUPS = 8;

/** "192.0.2.7" from 4 bytes. */
export function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${DECIMAL[bytes[at]!]}.${DECIMAL[bytes[at + 1]!]}.${DECIMAL[bytes[at + 2]!]}.${DECIMAL[bytes[at + 3]!]}`;
}

/** "02:42:ac:11:00:02" from 6 bytes. */
export function macText(bytes: Uint8Array, at: number): string {
  const start = `${HEX[bytes[at]!]}:${HEX[bytes[at + 1]!]}:${HEX[bytes[at + 2]!]}`;
  return `${start}:${HEX[bytes[at + 3]!]}:${HEX[bytes[at + 4]!]}:${HEX[bytes[at + 5]!]}`;
}

/** RFC 5952: lower case, the first longest run of zero groups as "::", IPv4-mapped with its dotted end. */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  const run = longestZeroRun(bytes, at);
  const start = run >> 4;
  const length = run & 15;
  if (start === 0 && length === 5 && u16At(bytes, at + 10) === 0xffff)
    return `::ffff:${ipv4Text(bytes, at + 12)}`;
  if (length < 2) return groupsText(bytes, at, 0, GROUPS);
  return `${groupsText(bytes, at, 0, start)}::${groupsText(bytes, at, start + length, GROUPS)}`;
}

/** Start × 16 + length of the first longest run; length 0 when no group is zero. */
function longestZeroRun(bytes: Uint8Array, at: number): number {
  let best = 0;
  let length = 0;
  for (let group = 0; group < GROUPS; group++) {
    length = u16At(bytes, at + group * 2) === 0 ? length + 1 : 0;
    if (length > (best & 15)) best = ((group - length + 1) << 4) | length;
  }
  return best;
}

function groupsText(bytes: Uint8Array, at: number, from: number, to: number): string {
  let text = '';
  for (let group = from; group < to; group++) {
    const digits = u16At(bytes, at + group * 2).toString(16);
    text += group === from ? digits : `:${digits}`;
  }
  return text;
}
