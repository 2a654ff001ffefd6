/** Parts every type has. `name` is '' when it has none. */
interface Named {
  readonly id: number;
  readonly name: string;
}

/** Id 0: `void`, and the end of a parameter list with `...`. */
export interface BtfVoid extends Named {
  readonly kind: 'void';
}

/** `size` in bytes; `bits` and `bitOffset` differ from the whole size only in BTF older than kernel 5.0. */
export interface BtfInt extends Named {
  readonly kind: 'int';
  readonly size: number;
  readonly signed: boolean;
  readonly char: boolean;
  readonly bool: boolean;
  readonly bitOffset: number;
  readonly bits: number;
}

/** The kinds that only point to another type. */
export type BtfReferenceKind = 'ptr' | 'typedef' | 'volatile' | 'const' | 'restrict';

/** `typeId` 0 is void. */
export interface BtfReference<K extends BtfReferenceKind = BtfReferenceKind> extends Named {
  readonly kind: K;
  readonly typeId: number;
}

/** Attribute of the type it wraps: `name` is the tag. `attribute`: a GCC/clang attribute, kernel 6.15. */
export interface BtfTypeTag extends Named {
  readonly kind: 'type_tag';
  readonly typeId: number;
  readonly attribute: boolean;
}

/** `length` 0 is also how a flexible array member is stored. */
export interface BtfArray extends Named {
  readonly kind: 'array';
  readonly elementTypeId: number;
  readonly indexTypeId: number;
  readonly length: number;
}

/** `bitWidth` is 0 unless it is a bitfield. Bits count in memory order: from the top of the unit in big-endian BTF. */
export interface BtfMember {
  readonly name: string;
  readonly typeId: number;
  readonly bitOffset: number;
  readonly bitWidth: number;
}

/** `size` in bytes. */
export interface BtfStruct<K extends 'struct' | 'union' = 'struct' | 'union'> extends Named {
  readonly kind: K;
  readonly size: number;
  readonly members: readonly BtfMember[];
}

/** enum and enum64; no values for a forward declaration. */
export interface BtfEnum<K extends 'enum' | 'enum64' = 'enum' | 'enum64'> extends Named {
  readonly kind: K;
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly BtfEnumValue[];
}

export interface BtfEnumValue {
  readonly name: string;
  readonly value: bigint;
}

export interface BtfFwd extends Named {
  readonly kind: 'fwd';
  readonly of: 'struct' | 'union';
}

export type BtfLinkage = 'static' | 'global' | 'extern';

/** `typeId` is its func_proto. */
export interface BtfFuncType extends Named {
  readonly kind: 'func';
  readonly typeId: number;
  readonly linkage: BtfLinkage;
}

export interface BtfParam {
  readonly name: string;
  readonly typeId: number;
}

/** A last parameter with type 0 and no name stands for `...`. */
export interface BtfFuncProto extends Named {
  readonly kind: 'func_proto';
  readonly returns: number;
  readonly params: readonly BtfParam[];
}

export interface BtfVar extends Named {
  readonly kind: 'var';
  readonly typeId: number;
  readonly linkage: BtfLinkage;
}

/** Places of variables in an ELF section; `offset` and `size` in bytes. */
export interface BtfDatasec extends Named {
  readonly kind: 'datasec';
  readonly size: number;
  readonly variables: readonly { readonly typeId: number; readonly offset: number; readonly size: number }[];
}

export interface BtfFloat extends Named {
  readonly kind: 'float';
  readonly size: number;
}

/** `component` is the index of the member or parameter that is tagged; -1 for the whole. */
export interface BtfDeclTag extends Named {
  readonly kind: 'decl_tag';
  readonly typeId: number;
  readonly component: number;
  readonly attribute: boolean;
}

/** One decoded type; switch on `kind`. */
export type BtfType =
  | BtfVoid
  | BtfInt
  | { [K in BtfReferenceKind]: BtfReference<K> }[BtfReferenceKind]
  | BtfTypeTag
  | BtfArray
  | BtfStruct<'struct'>
  | BtfStruct<'union'>
  | BtfEnum<'enum'>
  | BtfEnum<'enum64'>
  | BtfFwd
  | BtfFuncType
  | BtfFuncProto
  | BtfVar
  | BtfDatasec
  | BtfFloat
  | BtfDeclTag;

export type BtfKindName = BtfType['kind'];

/** A function with its prototype. `id` is the BTF id that fentry, tp_btf and kfunc calls name. */
export interface BtfFunc {
  readonly id: number;
  readonly name: string;
  readonly linkage: BtfLinkage;
  readonly params: readonly BtfParam[];
  readonly returns: number;
}

/** A function and which argument (from 0) is of the type asked for. */
export interface FuncByArgument {
  readonly id: number;
  readonly name: string;
  readonly argIndex: number;
}

/** How to read a bitfield: load `loadSize` bytes at `loadOffset`, shift right by `shift`, keep `width` bits. */
export interface BitPlace {
  readonly shift: number;
  readonly width: number;
  readonly loadOffset: number;
  readonly loadSize: number;
}

/**
 * Where a member is. `offset` in bytes from the start of the outermost struct, `size` in bytes; for a bitfield those
 * of the bytes to load. `typeId` as declared (typedefs not resolved). `signed`: sign-extend what was read.
 */
export interface FieldPlace {
  readonly offset: number;
  readonly size: number;
  readonly typeId: number;
  readonly bit?: BitPlace;
  readonly pointer: boolean;
  readonly signed: boolean;
}
