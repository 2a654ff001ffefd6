/**
 * Every BTF kind: its number, the 32-bit words that follow the three common ones, and the words per vlen entry.
 * Source: include/uapi/linux/btf.h. All multi-byte data of the type section is 32-bit words.
 */
export const KINDS = {
  int: { number: 1, fixed: 1, each: 0 },
  ptr: { number: 2, fixed: 0, each: 0 },
  array: { number: 3, fixed: 3, each: 0 },
  struct: { number: 4, fixed: 0, each: 3 },
  union: { number: 5, fixed: 0, each: 3 },
  enum: { number: 6, fixed: 0, each: 2 },
  fwd: { number: 7, fixed: 0, each: 0 },
  typedef: { number: 8, fixed: 0, each: 0 },
  volatile: { number: 9, fixed: 0, each: 0 },
  const: { number: 10, fixed: 0, each: 0 },
  restrict: { number: 11, fixed: 0, each: 0 },
  func: { number: 12, fixed: 0, each: 0 },
  func_proto: { number: 13, fixed: 0, each: 2 },
  var: { number: 14, fixed: 1, each: 0 },
  datasec: { number: 15, fixed: 0, each: 3 },
  float: { number: 16, fixed: 0, each: 0 },
  decl_tag: { number: 17, fixed: 1, each: 0 },
  type_tag: { number: 18, fixed: 0, each: 0 },
  enum64: { number: 19, fixed: 0, each: 3 },
} as const;
KINDS satisfies Readonly<Record<string, KindRow>>;

export interface KindRow {
  readonly number: number;
  readonly fixed: number;
  readonly each: number;
}

/** A kind as BTF stores it; id 0, `void`, is not stored. */
export type StoredKindName = keyof typeof KINDS;

/** Highest kind number the info word can hold (7 bits; kernels before 7.1 use 5 of them). */
export const KIND_LIMIT = 128;

/** The kind's name by its number; undefined for numbers newer than this table. */
export const KIND_NAMES: readonly (StoredKindName | 'void' | undefined)[] = kindNames();

function kindNames(): (StoredKindName | 'void' | undefined)[] {
  const names: (StoredKindName | 'void' | undefined)[] = ['void'];
  for (const [name, row] of Object.entries(KINDS)) names[row.number] = name as StoredKindName;
  return names;
}

/** A byte per kind number: 1 where the kind is one of `names`. */
export function kindSet(names: readonly (StoredKindName | 'void')[]): Uint8Array {
  const set = new Uint8Array(KIND_LIMIT);
  for (const name of names) set[name === 'void' ? 0 : KINDS[name].number] = 1;
  return set;
}
