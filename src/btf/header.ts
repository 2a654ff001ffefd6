import { BtfError } from '../base/index.ts';

/** Where the sections are, in bytes from the start of the blob. `layout` is empty before kernel 7.1. */
export interface BtfHeader {
  readonly littleEndian: boolean;
  readonly types: Section;
  readonly strings: Section;
  readonly layout: Section;
}

export interface Section {
  readonly start: number;
  readonly length: number;
}

const MAGIC = 0xeb9f;
const VERSION = 1;
const SIZE = 24;
const SIZE_WITH_LAYOUT = 32;

/** Checks the header and that every section lies inside `bytes`. Throws BtfError. */
export function parseHeader(bytes: Uint8Array): BtfHeader {
  if (bytes.byteLength < SIZE)
    throw new BtfError(`BTF header needs ${SIZE} bytes, have ${bytes.byteLength}`, bytes.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = byteOrder(view);
  const size = headerSize(view, littleEndian);
  const section = (at: number, what: string): Section => sectionAt(view, littleEndian, size, at, what);
  const types = section(8, 'type');
  if (types.length % 4 !== 0)
    throw new BtfError(`type section of ${types.length} bytes is not whole 32-bit words`, 12);
  const layout = size >= SIZE_WITH_LAYOUT ? section(24, 'layout') : { start: size, length: 0 };
  return { littleEndian, types, strings: section(16, 'string'), layout };
}

function byteOrder(view: DataView): boolean {
  const magic = view.getUint16(0, true);
  const swapped = view.getUint16(0, false);
  if (magic !== MAGIC && swapped !== MAGIC)
    throw new BtfError(`not BTF: magic is 0x${magic.toString(16)}, expected 0x${MAGIC.toString(16)}`, 0);
  if (view.getUint8(2) !== VERSION)
    throw new BtfError(`BTF version ${view.getUint8(2)}, this library reads version ${VERSION}`, 2);
  if (view.getUint8(3) !== 0) throw new BtfError(`unknown BTF flags 0x${view.getUint8(3).toString(16)}`, 3);
  return magic === MAGIC;
}

function headerSize(view: DataView, littleEndian: boolean): number {
  const size = view.getUint32(4, littleEndian);
  if (size < SIZE || size > view.byteLength || size % 4 !== 0)
    throw new BtfError(
      `header length ${size}: expected a multiple of 4 from ${SIZE} to the blob's ${view.byteLength}`,
      4,
    );
  return size;
}

function sectionAt(view: DataView, littleEndian: boolean, base: number, at: number, what: string): Section {
  const offset = view.getUint32(at, littleEndian);
  const length = view.getUint32(at + 4, littleEndian);
  const start = base + offset;
  if (what === 'type' && offset % 4 !== 0)
    throw new BtfError(`type section offset ${offset} is not a multiple of 4`, at);
  if (start + length > view.byteLength)
    throw new BtfError(
      `${what} section is bytes ${start} to ${start + length}, the blob ends at ${view.byteLength}`,
      at,
    );
  return { start, length };
}
