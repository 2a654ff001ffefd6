import type { AddressWord } from './syntax.ts';

/** An address or network as written. `bits`: of a partial IPv4 number ("10.1") those that it gives, else all. */
export interface Address {
  readonly version: 4 | 6;
  readonly words: readonly number[];
  readonly bits: number;
}

const ALL = 0xffff_ffff;

/** "10.0.0.1", "10.1", "2001:db8::1", "::ffff:192.0.2.7"; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length > 4 || !parts.every(isByte)) return undefined;
  const bits = parts.length * 8;
  const value = parts.reduce((sum, part) => sum * 256 + Number(part), 0) * 2 ** (32 - bits);
  return { version: 4, words: [value], bits };
}

function isByte(text: string): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) < 256;
}

function parseIpv6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (!head || (halves.length === 2 && !tail)) return undefined;
  const given = head.length + (tail?.length ?? 0);
  if (tail ? given > 7 : given !== 8) return undefined;
  const groups = [...head, ...Array<number>(8 - given).fill(0), ...(tail ?? [])];
  const words = [0, 2, 4, 6].map(at => groups[at]! * 0x1_0000 + groups[at + 1]!);
  return { version: 6, words, bits: 128 };
}

/** 16-bit groups; a dotted end counts as two. Undefined when one is malformed. */
function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const dotted = parts.at(-1)!.includes('.') ? parseIpv4(parts.pop()!) : undefined;
  if (!parts.every(part => /^[0-9a-f]{1,4}$/i.test(part))) return undefined;
  if (text.includes('.') && dotted?.bits !== 32) return undefined;
  const groups = parts.map(part => Number.parseInt(part, 16));
  return dotted ? [...groups, dotted.words[0]! >>> 16, dotted.words[0]! & 0xffff] : groups;
}

/** The words to compare when the first `bits` bits count. */
export function maskedWords(address: Address, bits: number): AddressWord[] {
  return address.words.map((value, index) => ({ value, mask: maskOf(bits - index * 32) }));
}

/** Of a 32-bit word's upper bits. */
export function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? ALL : (ALL << (32 - bits)) >>> 0;
}

/** Bits set outside the mask: "10.0.0.1/24" is no network. */
export function hasHostBits(words: readonly AddressWord[]): boolean {
  return words.some(({ value, mask }) => (value & ~mask) !== 0);
}
