import type { Btf, BtfKindName, BtfType } from '../index.ts';

type Line<T> = (type: T, btf: Btf) => string;

const quoted = (name: string): string => `'${name === '' ? '(anon)' : name}'`;
const reference: Line<{ name: string; typeId: number }> = ({ name, typeId }) => `${quoted(name)} type_id=${typeId}`;
const lines = (head: string, rest: readonly string[]): string => [head, ...rest.map(text => `\t${text}`)].join('\n');

function encodingOf(type: { signed: boolean; char: boolean; bool: boolean }): string {
  const set = [type.signed && 'SIGNED', type.char && 'CHAR', type.bool && 'BOOL'].filter(Boolean);
  // bpftool compares the whole encoding: two bits at once are unknown to it.
  return set.length === 0 ? '(none)' : set.length === 1 ? String(set[0]) : 'UNKN';
}

const composite: Line<Extract<BtfType, { kind: 'struct' | 'union' }>> = ({ name, size, members }) =>
  lines(
    `${quoted(name)} size=${size} vlen=${members.length}`,
    members.map(
      m =>
        `${quoted(m.name)} type_id=${m.typeId} bits_offset=${m.bitOffset}${m.bitWidth === 0 ? '' : ` bitfield_size=${m.bitWidth}`}`,
    ),
  );

const enumeration =
  (suffix: readonly [string, string]): Line<Extract<BtfType, { kind: 'enum' | 'enum64' }>> =>
  ({ name, size, signed, values }) =>
    lines(
      `${quoted(name)} encoding=${signed ? 'SIGNED' : 'UNSIGNED'} size=${size} vlen=${values.length}`,
      values.map(v => `${quoted(v.name)} val=${v.value}${suffix[signed ? 0 : 1]}`),
    );

const TEXTS: { readonly [K in BtfKindName]: Line<Extract<BtfType, { kind: K }>> } = {
  void: () => '',
  int: t =>
    `${quoted(t.name)} size=${t.size} bits_offset=${t.bitOffset} nr_bits=${t.bits} encoding=${encodingOf(t)}`,
  ptr: reference,
  typedef: reference,
  volatile: reference,
  const: reference,
  restrict: reference,
  type_tag: reference,
  array: t =>
    `${quoted(t.name)} type_id=${t.elementTypeId} index_type_id=${t.indexTypeId} nr_elems=${t.length}`,
  struct: composite,
  union: composite,
  enum: enumeration(['', '']),
  enum64: enumeration(['LL', 'ULL']),
  fwd: t => `${quoted(t.name)} fwd_kind=${t.of}`,
  func: t => `${quoted(t.name)} type_id=${t.typeId} linkage=${t.linkage}`,
  func_proto: t =>
    lines(
      `${quoted(t.name)} ret_type_id=${t.returns} vlen=${t.params.length}`,
      t.params.map(p => `${quoted(p.name)} type_id=${p.typeId}`),
    ),
  var: t => `${quoted(t.name)} type_id=${t.typeId}, linkage=${t.linkage}`,
  datasec: (t, btf) =>
    lines(
      `${quoted(t.name)} size=${t.size} vlen=${t.variables.length}`,
      t.variables.map(
        v =>
          `type_id=${v.typeId} offset=${v.offset} size=${v.size} (${btf.kindOf(v.typeId).toUpperCase()} '${btf.nameOf(v.typeId)}')`,
      ),
    ),
  float: t => `${quoted(t.name)} size=${t.size}`,
  decl_tag: t => `${quoted(t.name)} type_id=${t.typeId} component_idx=${t.component}`,
};

/** One type as `bpftool btf dump … format raw` prints it. */
export function rawText(btf: Btf, type: BtfType): string {
  return `[${type.id}] ${type.kind.toUpperCase()} ${(TEXTS[type.kind] as Line<BtfType>)(type, btf)}`;
}

/** All own types, a line end after each line. */
export function rawDump(btf: Btf): string {
  const texts: string[] = [];
  for (const type of btf.types()) texts.push(`${rawText(btf, type)}\n`);
  return texts.join('');
}
