import { u16 } from './bytes.ts';

const DECIMAL: readonly string[] = Array.from({ length: 256 }, (_, value) => String(value));
const HEX: readonly string[] = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));

export function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${DECIMAL[bytes[at]!]}.${DECIMAL[bytes[at + 1]!]}.${DECIMAL[bytes[at + 2]!]}.${DECIMAL[bytes[at + 3]!]}`;
}

export function macText(bytes: Uint8Array, at: number): string {
  let text = HEX[bytes[at]!]!;
  for (let index = 1; index < 6; index++) text += `:${HEX[bytes[at + index]!]}`;
  return text;
}

const GROUPS = 8;

/** RFC 5952: lower case, no leading zeros, the longest run of zero groups as "::", IPv4-mapped with dots. */
export function ipv6Text(bytes: Uint8Array, at: number): string {
  if (isMapped(bytes, at)) return `::ffff:${ipv4Text(bytes, at + 12)}`;
  let longest = 1;
  let gap = -1;
  for (let start = 0, run = 0; start < GROUPS; start += Math.max(1, run)) {
    run = zeroRun(bytes, at, start);
    if (run > longest) {
      longest = run;
      gap = start;
    }
  }
  if (gap < 0) return groups(bytes, at, 0, GROUPS);
  return `${groups(bytes, at, 0, gap)}::${groups(bytes, at, gap + longest, GROUPS)}`;
}

function zeroRun(bytes: Uint8Array, at: number, start: number): number {
  let end = start;
  while (end < GROUPS && u16(bytes, at + end * 2) === 0) end++;
  return end - start;
}

function groups(bytes: Uint8Array, at: number, from: number, to: number): string {
  let text = '';
  for (let group = from; group < to; group++) {
    if (group > from) text += ':';
    text += u16(bytes, at + group * 2).toString(16);
  }
  return text;
}

function isMapped(bytes: Uint8Array, at: number): boolean {
  for (let index = 0; index < 10; index++) if (bytes[at + index] !== 0) return false;
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff;
}
