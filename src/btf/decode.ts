import { BtfError, joinU64, s64Of } from '../base/index.ts';
import { KIND_NAMES } from './kinds.ts';
import { RECORD_WORDS, type TypeTable } from './type-table.ts';
import type {
  BtfEnumValue,
  BtfFunc,
  BtfKindName,
  BtfLinkage,
  BtfMember,
  BtfParam,
  BtfReference,
  BtfReferenceKind,
  BtfStruct,
  BtfType,
} from './types.ts';

/** One record: its table, its id and the word it starts at. */
export interface Place {
  readonly table: TypeTable;
  readonly id: number;
  readonly at: number;
}

type Decode<K extends BtfKindName> = (place: Place, kind: K) => Extract<BtfType, { kind: K }>;

const LINKAGES: readonly BtfLinkage[] = ['static', 'global', 'extern'];
const PARAM_LIMIT = 256;
const INT_SIGNED = 1;
const INT_CHAR = 2;
const INT_BOOL = 4;

/** The record of a type; throws BtfNotFoundError for an id that does not exist. Not for id 0. */
export function placeOf(table: TypeTable, id: number): Place {
  const home = table.home(id);
  return { table: home, id, at: home.startOf(id) };
}

/** One type as an object. Throws BtfNotFoundError for a bad id, BtfError where the record is corrupt. */
export function decode(table: TypeTable, id: number): BtfType {
  const place = placeOf(table, id);
  const kind = kindNameOf(place);
  const decoder = DECODERS[kind] as Decode<BtfKindName>;
  return decoder(place, kind);
}

/** The kind by name; throws BtfError for one that this library only knows to step over. */
export function kindNameOf({ table, id, at }: Place): BtfKindName {
  const name = KIND_NAMES[table.kindOf(id)];
  if (name === undefined)
    throw new BtfError(`type ${id} has kind ${table.kindOf(id)}, which is unknown`, table.offsetOf(at));
  return name;
}

/** Bit offset of a member from its offset word; `flag` is the struct's kind_flag. */
export function bitOffsetOf(flag: boolean, word: number): number {
  return flag ? word & 0xffffff : word;
}

/** Width of a bitfield from a member's offset word; 0 for a whole member. */
export function bitWidthOf(flag: boolean, word: number): number {
  return flag ? word >>> 24 : 0;
}

const DECODERS: { readonly [K in BtfKindName]: Decode<K> } = {
  void: ({ id }) => ({ kind: 'void', id, name: '' }),
  int: place => ({ kind: 'int', ...named(place), size: sizeWord(place), ...intParts(place) }),
  ptr: referenceOf,
  typedef: referenceOf,
  volatile: referenceOf,
  const: referenceOf,
  restrict: referenceOf,
  type_tag: place => ({
    kind: 'type_tag',
    ...named(place),
    typeId: targetOf(place),
    attribute: place.table.flagAt(place.at),
  }),
  array: place => ({ kind: 'array', ...named(place), ...arrayParts(place) }),
  struct: structOf,
  union: structOf,
  enum: place => ({ kind: 'enum', ...enumParts(place), values: entriesOf(place, 2, value32) }),
  enum64: place => ({ kind: 'enum64', ...enumParts(place), values: entriesOf(place, 3, value64) }),
  fwd: place => ({
    kind: 'fwd',
    ...named(place),
    of: place.table.flagAt(place.at) ? 'union' : 'struct',
  }),
  func: place => ({
    kind: 'func',
    ...named(place),
    typeId: targetOf(place),
    linkage: linkageOf(place, place.table.vlenAt(place.at), place.at + 1),
  }),
  func_proto: place => ({
    kind: 'func_proto',
    ...named(place),
    returns: targetOf(place),
    params: paramsOf(place),
  }),
  var: place => ({
    kind: 'var',
    ...named(place),
    typeId: targetOf(place),
    linkage: linkageOf(place, place.table.words[place.at + RECORD_WORDS]!, place.at + RECORD_WORDS),
  }),
  datasec: place => ({
    kind: 'datasec',
    ...named(place),
    size: sizeWord(place),
    variables: entriesOf(place, 3, variableAt),
  }),
  float: place => ({ kind: 'float', ...named(place), size: sizeWord(place) }),
  decl_tag: place => ({
    kind: 'decl_tag',
    ...named(place),
    typeId: targetOf(place),
    component: place.table.words[place.at + RECORD_WORDS]! | 0,
    attribute: place.table.flagAt(place.at),
  }),
};

function named({ table, id, at }: Place): { id: number; name: string } {
  return { id, name: table.nameAt(at) };
}

function sizeWord({ table, at }: Place): number {
  return table.words[at + 2]!;
}

function targetOf({ table, at }: Place): number {
  return table.refAt(at + 2);
}

function referenceOf<K extends BtfReferenceKind>(place: Place, kind: K): BtfReference<K> {
  return { kind, ...named(place), typeId: targetOf(place) };
}

/** The word behind an int's record: encoding, bit offset and bits. */
export function intParts({ table, at }: Place): {
  signed: boolean;
  char: boolean;
  bool: boolean;
  bitOffset: number;
  bits: number;
} {
  const word = table.words[at + RECORD_WORDS]!;
  const encoding = (word >>> 24) & 0xf;
  return {
    signed: (encoding & INT_SIGNED) !== 0,
    char: (encoding & INT_CHAR) !== 0,
    bool: (encoding & INT_BOOL) !== 0,
    bitOffset: (word >>> 16) & 0xff,
    bits: word & 0xff,
  };
}

/** Element, index and length of an array. */
export function arrayParts({ table, at }: Place): {
  elementTypeId: number;
  indexTypeId: number;
  length: number;
} {
  return {
    elementTypeId: table.refAt(at + RECORD_WORDS),
    indexTypeId: table.refAt(at + RECORD_WORDS + 1),
    length: table.words[at + RECORD_WORDS + 2]!,
  };
}

function entriesOf<T>(place: Place, width: number, read: (place: Place, at: number) => T): T[] {
  const entries: T[] = [];
  const count = place.table.vlenAt(place.at);
  for (let i = 0; i < count; i++) entries.push(read(place, place.at + RECORD_WORDS + i * width));
  return entries;
}

function structOf<K extends BtfStruct['kind']>(place: Place, kind: K): BtfStruct<K> {
  return { kind, ...named(place), size: sizeWord(place), members: entriesOf(place, 3, memberAt) };
}

function memberAt({ table, at: start }: Place, at: number): BtfMember {
  const flag = table.flagAt(start);
  const word = table.words[at + 2]!;
  return {
    name: table.nameAt(at),
    typeId: table.refAt(at + 1),
    bitOffset: bitOffsetOf(flag, word),
    bitWidth: bitWidthOf(flag, word),
  };
}

function enumParts(place: Place): { id: number; name: string; size: number; signed: boolean } {
  return { ...named(place), size: sizeWord(place), signed: place.table.flagAt(place.at) };
}

function value32({ table, at: start }: Place, at: number): BtfEnumValue {
  const word = table.words[at + 1]!;
  return { name: table.nameAt(at), value: BigInt(table.flagAt(start) ? word | 0 : word) };
}

function value64({ table, at: start }: Place, at: number): BtfEnumValue {
  const value = joinU64(table.words[at + 1]!, table.words[at + 2]!);
  return { name: table.nameAt(at), value: table.flagAt(start) ? s64Of(value) : value };
}

/** Parameters of a func_proto. Throws BtfError beyond 256 of them, which no compiler produces. */
export function paramsOf(place: Place): BtfParam[] {
  const { table, id, at } = place;
  const count = table.vlenAt(at);
  if (count > PARAM_LIMIT)
    throw new BtfError(`type ${id} is a function with ${count} parameters`, table.offsetOf(at + 1));
  return entriesOf(place, 2, paramAt);
}

function paramAt({ table }: Place, at: number): BtfParam {
  return { name: table.nameAt(at), typeId: table.refAt(at + 1) };
}

function variableAt({ table }: Place, at: number): { typeId: number; offset: number; size: number } {
  return { typeId: table.refAt(at), offset: table.words[at + 1]!, size: table.words[at + 2]! };
}

function linkageOf({ table, id }: Place, number: number, word: number): BtfLinkage {
  const linkage = LINKAGES[number];
  if (linkage === undefined) throw new BtfError(`type ${id} has linkage ${number}`, table.offsetOf(word));
  return linkage;
}

/** A func with its prototype. Throws BtfError when it has none. */
export function decodeFunc(table: TypeTable, id: number): BtfFunc {
  const func = decode(table, id);
  if (func.kind !== 'func') throw new BtfError(`type ${id} is a ${func.kind}, expected a func`);
  const proto = decode(table, func.typeId);
  if (proto.kind !== 'func_proto')
    throw new BtfError(`func ${func.name} has a ${proto.kind} as its type, expected a func_proto`);
  return { id, name: func.name, linkage: func.linkage, params: proto.params, returns: proto.returns };
}
