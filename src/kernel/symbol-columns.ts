/**
 * Symbols side by side in typed arrays, `count` of them in use.
 * A key is the low 53 bits of the address: exact in a double, and the same order as the address.
 */
export interface SymbolColumns {
  readonly keys: Float64Array;
  /** Offset of the first byte of the name. */
  readonly names: Uint32Array;
  /** 0 is the kernel itself, n is modules[n - 1]. */
  readonly modules: Uint16Array;
  readonly count: number;
}

const TWO_32 = 2 ** 32;

/** Bits 53 to 63 are the same for every kernel address; they are kept once per table. */
export function keyOf(high: number, low: number): number {
  return (high & 0x1fffff) * TWO_32 + (low >>> 0);
}

export function columnsFor(capacity: number): SymbolColumns {
  return {
    keys: new Float64Array(capacity),
    names: new Uint32Array(capacity),
    modules: new Uint16Array(capacity),
    count: 0,
  };
}

/**
 * The same symbols by rising address, aliases in file order.
 * The kernel lists itself in order and modules as their symbol tables come, so only the tail has to be sorted.
 */
export function sortedColumns(columns: SymbolColumns): SymbolColumns {
  const start = sortedPrefix(columns);
  if (start === columns.count) return columns;
  return merged(columns, start, orderOfTail(columns, start));
}

function sortedPrefix({ keys, count }: SymbolColumns): number {
  let at = 1;
  while (at < count && keys[at]! >= keys[at - 1]!) at++;
  return Math.min(at, count);
}

/** Positions from `start` on, by key then by position. */
function orderOfTail({ keys, count }: SymbolColumns, start: number): Uint32Array {
  const length = count - start;
  const { least, most } = extentOf(keys, start, count);
  if ((most - least + 1) * length <= Number.MAX_SAFE_INTEGER) return packedOrder(keys, start, length, least);
  return Uint32Array.from({ length }, (_, i) => start + i).sort((a, b) => keys[a]! - keys[b]! || a - b);
}

function extentOf(keys: Float64Array, start: number, end: number): { least: number; most: number } {
  let least = keys[start]!;
  let most = least;
  for (let i = start + 1; i < end; i++) {
    const key = keys[i]!;
    if (key < least) least = key;
    if (key > most) most = key;
  }
  return { least, most };
}

/** Key and position in one double, so that the engine's own number sort does the work. */
function packedOrder(keys: Float64Array, start: number, length: number, least: number): Uint32Array {
  const packed = new Float64Array(length);
  for (let i = 0; i < length; i++) packed[i] = (keys[start + i]! - least) * length + i;
  packed.sort();
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = start + (packed[i]! % length);
  return order;
}

function merged(from: SymbolColumns, start: number, tail: Uint32Array): SymbolColumns {
  const to = { ...columnsFor(from.count), count: from.count };
  let head = 0;
  let next = 0;
  for (let i = 0; i < from.count; i++) {
    const useHead = head < start && (next === tail.length || from.keys[head]! <= from.keys[tail[next]!]!);
    const source = useHead ? head++ : tail[next++]!;
    to.keys[i] = from.keys[source]!;
    to.names[i] = from.names[source]!;
    to.modules[i] = from.modules[source]!;
  }
  return to;
}
