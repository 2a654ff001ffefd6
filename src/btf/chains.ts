import { BtfError, BtfNotFoundError } from '../base/index.ts';
import { type Place, placeOf } from './decode.ts';
import { KINDS, kindSet } from './kinds.ts';
import { RECORD_WORDS, type TypeTable } from './type-table.ts';

/** Longest chain of types that is followed; the kernel's own limit is 32. */
export const CHAIN_LIMIT = 64;

const TRANSPARENT = kindSet(['typedef', 'volatile', 'const', 'restrict', 'type_tag']);
const SIZED = kindSet(['int', 'struct', 'union', 'enum', 'enum64', 'float', 'datasec']);
const MAX_SIZE = 0xffffffff;

/** The record behind typedef, const, volatile, restrict and type_tag; undefined for void. Throws BtfError on a loop. */
export function resolvePlace(table: TypeTable, id: number): Place | undefined {
  let current = id;
  for (let step = 0; step <= CHAIN_LIMIT; step++) {
    if (current === 0) return undefined;
    const place = placeOf(table, current);
    if (TRANSPARENT[place.table.kindOf(current)] === 0) return place;
    current = place.table.refAt(place.at + 2);
  }
  throw loopError(table, id);
}

/** Size in bytes. Throws BtfNotFoundError for what has none (void, functions, forward declarations). */
export function sizeOf(table: TypeTable, id: number, pointerSize: number): number {
  let count = 1;
  let current = id;
  for (let step = 0; step <= CHAIN_LIMIT; step++) {
    const place = resolvePlace(table, current);
    const kind = place === undefined ? 0 : place.table.kindOf(place.id);
    if (kind === KINDS.array.number) count *= place!.table.words[place!.at + RECORD_WORDS + 2]!;
    else if (kind !== KINDS.var.number) return product(table, id, count, unitOf(place, pointerSize));
    current = place!.table.refAt(place!.at + (kind === KINDS.var.number ? 2 : RECORD_WORDS));
    if (count > MAX_SIZE) throw tooLarge(table, id);
  }
  throw loopError(table, id);
}

function unitOf(place: Place | undefined, pointerSize: number): number {
  if (place === undefined) throw new BtfNotFoundError('the size of void');
  const kind = place.table.kindOf(place.id);
  if (kind === KINDS.ptr.number) return pointerSize;
  if (SIZED[kind] === 0) throw new BtfNotFoundError(`the size of type ${place.id}`, 'its kind has no size');
  return place.table.words[place.at + 2]!;
}

function product(table: TypeTable, id: number, count: number, unit: number): number {
  if (count * unit > MAX_SIZE) throw tooLarge(table, id);
  return count * unit;
}

function tooLarge(table: TypeTable, id: number): BtfError {
  const { table: home, at } = placeOf(table, id);
  return new BtfError(`type ${id} is larger than 4 GiB`, home.offsetOf(at));
}

function loopError(table: TypeTable, id: number): BtfError {
  const { table: home, at } = placeOf(table, id);
  return new BtfError(`type ${id} starts a chain of more than ${CHAIN_LIMIT} types`, home.offsetOf(at));
}
