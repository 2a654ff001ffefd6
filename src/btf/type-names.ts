import { BtfError } from '../base/index.ts';
import { arrayParts, kindNameOf, type Place, paramsOf, placeOf } from './decode.ts';
import type { TypeTable } from './type-table.ts';
import type { BtfKindName } from './types.ts';

/** Types that one name may go through: enough for any function of a kernel, few enough for a loop to end. */
const STEP_LIMIT = 1000;

interface Budget {
  left: number;
}

/** A C declaration in the making: it grows outwards from the name. */
interface Draft {
  readonly budget: Budget;
  /** What stands right of the base type: "*", "(*)(int)", "*const p". */
  inner: string;
  /** const, volatile, restrict seen since the last pointer. */
  qualifiers: string;
  base: string;
}

/** Adds one type to the draft; returns the id to go on with, undefined where the base type is reached. */
type Step = (draft: Draft, place: Place) => number | undefined;

/** "struct sk_buff *" for '' and "struct sk_buff *skb" for 'skb'. Throws BtfError when the type never ends. */
export function declarationOf(table: TypeTable, id: number, name: string): string {
  return draw(table, id, name, { left: STEP_LIMIT });
}

function draw(table: TypeTable, id: number, name: string, budget: Budget): string {
  const draft: Draft = { budget, inner: name, qualifiers: '', base: '' };
  let next: number | undefined = id;
  while (next !== undefined) {
    if (budget.left-- <= 0) throw new BtfError(`type ${id} goes through more than ${STEP_LIMIT} types`);
    const place = placeOf(table, next);
    next = STEPS[kindNameOf(place)](draft, place);
  }
  const head = draft.qualifiers + draft.base;
  return draft.inner === '' ? head : `${head} ${draft.inner}`;
}

const STEPS: Readonly<Record<BtfKindName, Step>> = {
  void: draft => end(draft, 'void'),
  int: plain,
  float: plain,
  typedef: plain,
  datasec: plain,
  decl_tag: plain,
  struct: (draft, place) => tagged(draft, 'struct', place),
  union: (draft, place) => tagged(draft, 'union', place),
  enum: (draft, place) => tagged(draft, 'enum', place),
  enum64: (draft, place) => tagged(draft, 'enum', place),
  fwd: (draft, place) => tagged(draft, place.table.flagAt(place.at) ? 'union' : 'struct', place),
  const: (draft, place) => qualify(draft, 'const ', place),
  volatile: (draft, place) => qualify(draft, 'volatile ', place),
  restrict: (draft, place) => qualify(draft, 'restrict ', place),
  type_tag: (_, place) => targetOf(place),
  ptr: point,
  array: index,
  func_proto: call,
  func: rename,
  var: rename,
};

function end(draft: Draft, base: string): undefined {
  draft.base = base;
}

function plain(draft: Draft, { table, at }: Place): undefined {
  draft.base = table.nameAt(at);
}

function targetOf({ table, at }: Place): number {
  return table.refAt(at + 2);
}

function tagged(draft: Draft, keyword: string, { table, at }: Place): undefined {
  draft.base = `${keyword} ${table.nameAt(at) || '{...}'}`;
}

function qualify(draft: Draft, word: string, place: Place): number {
  if (!draft.qualifiers.includes(word)) draft.qualifiers += word;
  return targetOf(place);
}

function point(draft: Draft, place: Place): number {
  draft.inner = `*${draft.inner === '' ? draft.qualifiers.trimEnd() : draft.qualifiers + draft.inner}`;
  draft.qualifiers = '';
  return targetOf(place);
}

function index(draft: Draft, place: Place): number {
  const { length, elementTypeId } = arrayParts(place);
  draft.inner = `${grouped(draft.inner)}[${length === 0 ? '' : length}]`;
  return elementTypeId;
}

function call(draft: Draft, place: Place): number {
  const params = paramsOf(place).map(({ name, typeId }) =>
    typeId === 0 && name === '' ? '...' : draw(place.table, typeId, name, draft.budget),
  );
  draft.inner = `${grouped(draft.inner)}(${params.length === 0 ? 'void' : params.join(', ')})`;
  draft.qualifiers = '';
  return targetOf(place);
}

function rename(draft: Draft, { table, at }: Place): number {
  draft.inner ||= table.nameAt(at);
  return table.refAt(at + 2);
}

// A pointer's star binds weaker than [] and ().
function grouped(inner: string): string {
  return inner.startsWith('*') ? `(${inner})` : inner;
}
