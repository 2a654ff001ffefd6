import { BtfError, BtfNotFoundError } from '../base/index.ts';
import { parseHeader, type Section } from './header.ts';
import { KIND_LIMIT, KINDS } from './kinds.ts';
import { StringTable } from './string-table.ts';

const HOST_LITTLE_ENDIAN: boolean = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
/** Words every record starts with: name, info, size or type. */
export const RECORD_WORDS = 3;

/**
 * The type section as 32-bit words in host order, with the place and the kind of every id. Ids count on from the
 * base's; id 0 (void) belongs to the table without a base. Nothing here allocates per type.
 */
export class TypeTable {
  readonly base: TypeTable | undefined;
  /** Id of the first record of this table. */
  readonly firstId: number;
  /** Highest id + 1, the base's included. */
  readonly typeCount: number;
  readonly littleEndian: boolean;
  readonly words: Uint32Array;
  readonly strings: StringTable;
  /** Id that `#starts` and `#kinds` begin with. */
  readonly #origin: number;
  readonly #starts: Uint32Array;
  readonly #kinds: Uint8Array;
  readonly #blobOffset: number;

  constructor(bytes: Uint8Array, base: TypeTable | undefined) {
    const header = parseHeader(bytes);
    this.base = base;
    this.littleEndian = header.littleEndian;
    this.words = wordsOf(bytes, header.types, header.littleEndian);
    this.strings = new StringTable(part(bytes, header.strings), header.strings.start, base?.strings);
    this.#origin = base?.typeCount ?? 0;
    this.#blobOffset = header.types.start;
    const steps = stepsOf(part(bytes, header.layout));
    const found = locate(this.words, steps, this.#blobOffset, this.#origin === 0 ? 1 : 0, this.strings.end);
    this.#starts = found.starts;
    this.#kinds = found.kinds;
    this.firstId = this.#origin || 1;
    this.typeCount = this.#origin + found.kinds.length;
  }

  /** The table that holds `id`: this one or a base. Throws BtfNotFoundError for an id that none has. */
  home(id: number): TypeTable {
    if (Number.isInteger(id) && id < this.typeCount) {
      if (id >= this.#origin) return this;
      if (id >= 0) return this.base!.home(id);
    }
    throw new BtfNotFoundError(`type ${id}`, `ids go from 0 to ${this.typeCount - 1}`);
  }

  /** Kind number of an id of this table. */
  kindOf(id: number): number {
    return this.#kinds[id - this.#origin]!;
  }

  /** Index into `words` of an id of this table. */
  startOf(id: number): number {
    return this.#starts[id - this.#origin]!;
  }

  /** vlen of the record that starts at word `start`. */
  vlenAt(start: number): number {
    return this.words[start + 1]! & 0xffffff;
  }

  /** kind_flag of the record that starts at word `start`. */
  flagAt(start: number): boolean {
    return this.words[start + 1]! >>> 31 === 1;
  }

  /** The type id in a word. Throws BtfError when no table has it. */
  refAt(word: number): number {
    const id = this.words[word]!;
    if (id >= this.typeCount)
      throw new BtfError(`refers to type ${id}, ids go from 0 to ${this.typeCount - 1}`, this.offsetOf(word));
    return id;
  }

  /** The name a word points to. */
  nameAt(word: number): string {
    return this.strings.at(this.words[word]!);
  }

  /** Byte offset of a word in the blob. */
  offsetOf(word: number): number {
    return this.#blobOffset + word * 4;
  }
}

function part(bytes: Uint8Array, section: Section): Uint8Array {
  return bytes.subarray(section.start, section.start + section.length);
}

function wordsOf(bytes: Uint8Array, section: Section, littleEndian: boolean): Uint32Array {
  const start = bytes.byteOffset + section.start;
  if (littleEndian === HOST_LITTLE_ENDIAN && start % 4 === 0)
    return new Uint32Array(bytes.buffer, start, section.length / 4);
  // Not slice(): Node's Buffer makes that a view of the same memory.
  const copy = new Uint8Array(part(bytes, section));
  if (littleEndian !== HOST_LITTLE_ENDIAN) swapWords(copy);
  return new Uint32Array(copy.buffer);
}

function swapWords(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < bytes.length; i += 4) view.setUint32(i, view.getUint32(i, true), false);
}

interface Steps {
  /** Words behind the common three, by kind number; -1 for an unknown kind. */
  readonly fixed: Int32Array;
  readonly each: Int32Array;
}

// From 7.1 a layout section says how long records of kinds unknown to us are, so that they can be stepped over.
function stepsOf(layout: Uint8Array): Steps {
  const fixed = new Int32Array(KIND_LIMIT).fill(-1);
  const each = new Int32Array(KIND_LIMIT);
  for (let kind = 0; kind < KIND_LIMIT && kind * 4 + 4 <= layout.length; kind++) {
    const single = layout[kind * 4]!;
    const element = layout[kind * 4 + 1]!;
    if (kind === 0 || single % 4 !== 0 || element % 4 !== 0) continue;
    fixed[kind] = single / 4;
    each[kind] = element / 4;
  }
  for (const row of Object.values(KINDS)) {
    fixed[row.number] = row.fixed;
    each[row.number] = row.each;
  }
  return { fixed, each };
}

interface Located {
  readonly starts: Uint32Array;
  readonly kinds: Uint8Array;
}

/** Walks the records once. `reserve` ids come first that have no record. */
function locate(
  words: Uint32Array,
  steps: Steps,
  blobOffset: number,
  reserve: number,
  names: number,
): Located {
  const { fixed, each } = steps;
  const end = words.length;
  const capacity = Math.floor(end / RECORD_WORDS) + reserve;
  const starts = new Uint32Array(capacity);
  const kinds = new Uint8Array(capacity);
  let count = reserve;
  let at = 0;
  while (at + RECORD_WORDS <= end) {
    const info = words[at + 1]!;
    const kind = (info >>> 24) & 0x7f;
    if (fixed[kind]! < 0) throw new BtfError(`unknown kind ${kind}`, blobOffset + at * 4 + 4);
    if (words[at]! >= names) throw badName(words[at]!, names, blobOffset + at * 4);
    starts[count] = at;
    kinds[count++] = kind;
    at += RECORD_WORDS + fixed[kind]! + (each[kind]! === 0 ? 0 : each[kind]! * (info & 0xffffff));
  }
  if (at !== end) throw new BtfError('the last record goes beyond the type section', blobOffset + end * 4);
  return { starts: starts.slice(0, count), kinds: kinds.slice(0, count) };
}

function badName(offset: number, names: number, blobOffset: number): BtfError {
  return new BtfError(
    `name offset ${offset} is outside the ${names} bytes of names: corrupt, or split BTF over the wrong base`,
    blobOffset,
  );
}
