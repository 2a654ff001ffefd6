import { endOfName } from './kallsyms-text.ts';
import type { SymbolTable } from './symbol-table.ts';

/** Code of one symbol: [start, end). */
export interface SymbolRange {
  readonly start: bigint;
  readonly end: bigint;
}

const DOT = 0x2e;
/** For the last symbol of a module, whose size nobody tells. */
const PAGE = 0x1000n;

/** Every function of that name, and the pieces the compiler made of it: name.isra.0, name.constprop.0, name.cold. */
export function rangesOf(table: SymbolTable, name: string): SymbolRange[] {
  const wanted = Buffer.from(name, 'latin1');
  const ranges: SymbolRange[] = [];
  for (let index = 0; index < table.count; index++)
    if (isNamed(table, index, wanted)) ranges.push(rangeOf(table, index));
  return ranges;
}

function isNamed(table: SymbolTable, index: number, wanted: Uint8Array): boolean {
  const bytes = table.nameBytes;
  const start = table.nameStart(index);
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  const end = endOfName(bytes, start);
  return end === start + wanted.length || bytes[start + wanted.length] === DOT;
}

function rangeOf(table: SymbolTable, index: number): SymbolRange {
  const start = table.addressOf(index);
  const high = Number(start >> 32n);
  const size = table.lookup(high, Number(start & 0xffff_ffffn))?.size;
  return { start, end: start + (size === undefined ? PAGE : BigInt(size)) };
}
