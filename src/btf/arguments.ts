import { resolvePlace } from './chains.ts';
import { KINDS } from './kinds.ts';
import { RECORD_WORDS, type TypeTable } from './type-table.ts';
import type { FuncByArgument } from './types.ts';

const NO = 1;
const YES = 2;

/**
 * The table's own functions with a pointer to one of `targets` among their first `maxArgs` parameters, by id;
 * `argIndex` is the first such parameter.
 */
export function functionsTaking(
  table: TypeTable,
  targets: ReadonlySet<number>,
  maxArgs: number,
): FuncByArgument[] {
  const pointsTo = pointerTest(table, targets);
  const found: FuncByArgument[] = [];
  for (let id = table.firstId; id < table.typeCount; id++) {
    if (table.kindOf(id) !== KINDS.func.number) continue;
    const at = table.startOf(id);
    const argIndex = firstArgument(table, table.refAt(at + 2), maxArgs, pointsTo);
    if (argIndex >= 0) found.push({ id, name: table.nameAt(at), argIndex });
  }
  return found;
}

/** Answers are remembered in a byte per type id. */
function pointerTest(table: TypeTable, targets: ReadonlySet<number>): (id: number) => boolean {
  const known = new Uint8Array(table.typeCount);
  return id => {
    if (known[id] === 0) known[id] = isPointerTo(table, id, targets) ? YES : NO;
    return known[id] === YES;
  };
}

function isPointerTo(table: TypeTable, id: number, targets: ReadonlySet<number>): boolean {
  const pointer = resolvePlace(table, id);
  if (pointer === undefined || pointer.table.kindOf(pointer.id) !== KINDS.ptr.number) return false;
  const target = resolvePlace(table, pointer.table.refAt(pointer.at + 2));
  return target !== undefined && targets.has(target.id);
}

function firstArgument(
  table: TypeTable,
  protoId: number,
  maxArgs: number,
  matches: (id: number) => boolean,
): number {
  if (protoId === 0) return -1;
  const home = table.home(protoId);
  if (home.kindOf(protoId) !== KINDS.func_proto.number) return -1;
  const at = home.startOf(protoId);
  const count = Math.min(home.vlenAt(at), maxArgs);
  for (let i = 0; i < count; i++) if (matches(home.refAt(at + RECORD_WORDS + i * 2 + 1))) return i;
  return -1;
}
