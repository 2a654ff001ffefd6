import { BtfError, encodeUtf8 } from '../base/index.ts';
import { CHAIN_LIMIT, resolvePlace, sizeOf } from './chains.ts';
import { bitOffsetOf, bitWidthOf, intParts, type Place } from './decode.ts';
import { KINDS, kindSet } from './kinds.ts';
import { RECORD_WORDS, type TypeTable } from './type-table.ts';
import type { BitPlace, FieldPlace } from './types.ts';

/** Why a path leads nowhere: a sentence for the user. */
export interface FieldMiss {
  readonly miss: string;
}

interface Step {
  readonly name: string;
  readonly indexes: readonly number[];
}

/** Where the walk stands: bits from the outermost struct's start, and the width when it is on a bitfield. */
interface Spot {
  readonly typeId: number;
  readonly bits: number;
  readonly width: number;
}

const COMPOSITE = kindSet(['struct', 'union']);
const STEP = /^([A-Za-z_$][\w$]*)((?:\[\d+\])*)$/;
const MAX_BITS = 2 ** 35;
const LOAD_SIZES = [1, 2, 4, 8];

/** Finds a member by path. Throws BtfError where the BTF is corrupt. */
export function fieldPlace(
  table: TypeTable,
  structId: number,
  path: string,
  pointerSize: number,
): FieldPlace | FieldMiss {
  let spot: Spot = { typeId: structId, bits: 0, width: 0 };
  for (const text of path.split('.')) {
    const step = stepOf(text);
    if (step === undefined) return { miss: `"${text}" is not a member name: write a.b[1].c` };
    const next = walk(table, spot, step, pointerSize);
    if ('miss' in next) return next;
    spot = next;
  }
  return finish(table, structId, spot, pointerSize);
}

function stepOf(text: string): Step | undefined {
  const found = STEP.exec(text);
  if (found === null) return undefined;
  return { name: found[1]!, indexes: (found[2]!.match(/\d+/g) ?? []).map(Number) };
}

function walk(table: TypeTable, from: Spot, step: Step, pointerSize: number): Spot | FieldMiss {
  const owner = resolvePlace(table, from.typeId);
  if (owner === undefined || COMPOSITE[owner.table.kindOf(owner.id)] === 0) return notComposite(owner, step);
  const member = findMember(owner, encodeUtf8(step.name));
  if (member === undefined) return { miss: `no member "${step.name}"` };
  return step.indexes.reduce<Spot | FieldMiss>(
    (spot, index) => ('miss' in spot ? spot : element(table, spot, index, pointerSize)),
    { ...member, bits: from.bits + member.bits },
  );
}

function notComposite(owner: Place | undefined, { name }: Step): FieldMiss {
  const kind = owner?.table.kindOf(owner.id);
  if (kind === KINDS.ptr.number)
    return {
      miss: `"${name}" lies behind a pointer: read the pointer, then look "${name}" up in its struct`,
    };
  if (kind === KINDS.array.number)
    return { miss: `"${name}" is looked for in an array: give an index, as a[0]` };
  return { miss: `"${name}" is looked for in something that has no members` };
}

/** Searches the struct and the anonymous members in it, each struct once, so that corrupt BTF cannot blow up. */
function findMember(owner: Place, name: Uint8Array): Spot | undefined {
  const seen = new Set<number>();
  const search = (place: Place, base: number, depth: number): Spot | undefined => {
    seen.add(place.id);
    const { table, at } = place;
    const flag = table.flagAt(at);
    const end = at + RECORD_WORDS + table.vlenAt(at) * 3;
    for (let member = at + RECORD_WORDS; member < end; member += 3) {
      const nameOffset = table.words[member]!;
      const bits = base + bitOffsetOf(flag, table.words[member + 2]!);
      if (table.strings.equals(nameOffset, name))
        return {
          typeId: table.refAt(member + 1),
          bits,
          width: bitWidthOf(flag, table.words[member + 2]!),
        };
      if (!table.strings.isEmpty(nameOffset)) continue;
      const inner = anonymous(table, member);
      if (inner === undefined || seen.has(inner.id) || depth >= CHAIN_LIMIT) continue;
      const found = search(inner, bits, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(owner, 0, 0);
}

function anonymous(table: TypeTable, member: number): Place | undefined {
  const place = resolvePlace(table, table.refAt(member + 1));
  return place !== undefined && COMPOSITE[place.table.kindOf(place.id)] === 1 ? place : undefined;
}

function element(table: TypeTable, spot: Spot, index: number, pointerSize: number): Spot | FieldMiss {
  const array = resolvePlace(table, spot.typeId);
  if (array === undefined || array.table.kindOf(array.id) !== KINDS.array.number)
    return { miss: `[${index}] of something that is no array` };
  const typeId = array.table.refAt(array.at + RECORD_WORDS);
  const length = array.table.words[array.at + RECORD_WORDS + 2]!;
  // A flexible array member says length 0.
  if (length !== 0 && index >= length) return { miss: `[${index}] is beyond the ${length} elements` };
  const bits = spot.bits + index * sizeOf(table, typeId, pointerSize) * 8;
  if (bits > MAX_BITS) return { miss: `[${index}] is more than 4 GiB away` };
  return { typeId, bits, width: 0 };
}

function finish(table: TypeTable, structId: number, spot: Spot, pointerSize: number): FieldPlace {
  const target = resolvePlace(table, spot.typeId);
  const kind = target === undefined ? 0 : target.table.kindOf(target.id);
  const { bits, width } = bitfieldOf(target, kind, spot);
  const shape = { typeId: spot.typeId, pointer: kind === KINDS.ptr.number, signed: isSigned(target, kind) };
  if (width === 0)
    return { offset: wholeBytes(bits), size: sizeOf(table, spot.typeId, pointerSize), ...shape };
  const size = sizeOf(table, structId, pointerSize);
  // Elements of a flexible array lie behind the struct.
  const end = bits + width <= size * 8 ? size : Number.POSITIVE_INFINITY;
  const bit = bitPlace(bits, width, end, table.littleEndian);
  return { offset: bit.loadOffset, size: bit.loadSize, bit, ...shape };
}

function wholeBytes(bits: number): number {
  if (bits % 8 !== 0) throw new BtfError(`a member at bit ${bits} is no bitfield, yet starts inside a byte`);
  return bits / 8;
}

// Structs without kind_flag (before 5.0, and some compilers) say a bitfield's width in its int type.
function bitfieldOf(target: Place | undefined, kind: number, spot: Spot): { bits: number; width: number } {
  if (spot.width !== 0) return spot;
  if (kind === KINDS.int.number) {
    const { bitOffset, bits } = intParts(target!);
    const whole = target!.table.words[target!.at + 2]! * 8;
    const start = spot.bits + bitOffset;
    if (bits < whole && whole <= 64) return { bits: start, width: bits };
    if (start % 8 !== 0) return { bits: start, width: bits };
  }
  return spot;
}

interface Load {
  readonly loadOffset: number;
  readonly loadSize: number;
}

/** Where and how to load the bits without reading beyond `end`, the struct's last byte + 1. */
function bitPlace(bits: number, width: number, end: number, littleEndian: boolean): BitPlace {
  const load = loadOf(bits, width, end);
  const first = bits - load.loadOffset * 8;
  return { ...load, width, shift: littleEndian ? first : load.loadSize * 8 - first - width };
}

// The smallest aligned load; where a packed struct has none, one from the first byte or up to the last.
function loadOf(bits: number, width: number, end: number): Load {
  const last = Math.ceil((bits + width) / 8);
  const starts = [
    (size: number) => Math.floor(bits / (size * 8)) * size,
    () => Math.floor(bits / 8),
    (size: number) => last - size,
  ];
  for (const start of starts) {
    const size = LOAD_SIZES.find(size => covers(start(size), size, bits, last, end));
    if (size !== undefined) return { loadOffset: start(size), loadSize: size };
  }
  throw new BtfError(`no load of up to 8 bytes holds the ${width} bits at bit ${bits}`);
}

function covers(offset: number, size: number, bits: number, last: number, end: number): boolean {
  return offset >= 0 && offset * 8 <= bits && last <= offset + size && offset + size <= end;
}

function isSigned(target: Place | undefined, kind: number): boolean {
  if (target === undefined) return false;
  if (kind === KINDS.int.number) return intParts(target).signed;
  const isEnum = kind === KINDS.enum.number || kind === KINDS.enum64.number;
  return isEnum && target.table.flagAt(target.at);
}
