import { BtfError, decodeUtf8 } from '../base/index.ts';

/** Longest name decoded. The kernel's own are at most 511 bytes (KSYM_NAME_LEN). */
const NAME_LIMIT = 4096;
/** Bytes of a name that count for its hash: bounds the work on hostile input where long names overlap. */
const HASH_LIMIT = 128;
const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

/** NUL-terminated names, addressed by offset; those of a split BTF start where the base's end. */
export class StringTable {
  /** First offset behind this table. */
  readonly end: number;
  readonly #base: StringTable | undefined;
  readonly #start: number;
  readonly #bytes: Uint8Array;
  /** Place of the section in the blob, for errors. */
  readonly #blobOffset: number;

  constructor(bytes: Uint8Array, blobOffset: number, base: StringTable | undefined) {
    this.#base = base;
    this.#start = base === undefined ? 0 : base.end;
    this.end = this.#start + bytes.byteLength;
    this.#bytes = bytes;
    this.#blobOffset = blobOffset;
    this.#check();
  }

  #check(): void {
    const { length } = this.#bytes;
    if (length === 0 && this.#base !== undefined) return;
    if (length === 0) throw new BtfError('the string section is empty', this.#blobOffset);
    if (this.#bytes[length - 1] !== 0)
      throw new BtfError('the string section does not end with a NUL', this.#blobOffset + length - 1);
    if (this.#base === undefined && this.#bytes[0] !== 0)
      throw new BtfError('the string section does not start with the empty string', this.#blobOffset);
  }

  /** The name at an offset; '' for offset 0. Throws BtfError outside the table or beyond 4096 bytes. */
  at(offset: number): string {
    if (offset < this.#start) return this.#base!.at(offset);
    const from = this.#own(offset);
    const to = this.#bytes.indexOf(0, from);
    if (to - from > NAME_LIMIT)
      throw new BtfError(
        `name of ${to - from} bytes, at most ${NAME_LIMIT} are read`,
        this.#blobOffset + from,
      );
    return decodeName(this.#bytes, from, to);
  }

  /** Is the name at `offset` exactly `wanted` (UTF-8, no NUL)? */
  equals(offset: number, wanted: Uint8Array): boolean {
    if (offset < this.#start) return this.#base!.equals(offset, wanted);
    const bytes = this.#bytes;
    const from = this.#own(offset);
    for (let i = 0; i < wanted.length; i++)
      if (bytes[from + i] !== wanted[i] || wanted[i] === 0) return false;
    return bytes[from + wanted.length] === 0;
  }

  /** Does the name at `offset` have no characters? */
  isEmpty(offset: number): boolean {
    if (offset === 0) return true;
    if (offset < this.#start) return this.#base!.isEmpty(offset);
    return this.#bytes[this.#own(offset)] === 0;
  }

  /** The hash `hashOf` gives for the name at `offset`. */
  hash(offset: number): number {
    if (offset < this.#start) return this.#base!.hash(offset);
    return hashFrom(this.#bytes, this.#own(offset));
  }

  #own(offset: number): number {
    if (offset >= this.end)
      throw new BtfError(`name offset ${offset} is outside the ${this.end} bytes of names`, this.#blobOffset);
    return offset - this.#start;
  }
}

/** FNV-1a of a name's first 128 bytes. */
export function hashOf(name: Uint8Array): number {
  return hashFrom(name, 0);
}

function hashFrom(bytes: Uint8Array, from: number): number {
  let hash = HASH_START;
  const to = Math.min(from + HASH_LIMIT, bytes.length);
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte === 0) break;
    hash = Math.imul(hash ^ byte, HASH_PRIME);
  }
  return hash;
}

// Names are short ASCII nearly always; a decoder call costs ten times the loop.
function decodeName(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > 64) return decodeUtf8(bytes.subarray(from, to));
  let text = '';
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    if (byte >= 0x80) return decodeUtf8(bytes.subarray(from, to));
    text += String.fromCharCode(byte);
  }
  return text;
}
