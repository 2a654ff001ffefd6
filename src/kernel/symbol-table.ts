import { joinU64 } from '../base/index.ts';
import { endOfName, type KallsymsText, parseKallsyms } from './kallsyms-text.ts';
import { keyOf, type SymbolColumns, sortedColumns } from './symbol-columns.ts';

/** A place in kernel text: `name+offset`, as %pS would print it. */
export interface KernelSymbol {
  readonly name: string;
  readonly offset: number;
  /** Distance to the next symbol; undefined for the last one of the kernel or of a module. */
  readonly size: number | undefined;
  /** null for the kernel itself; "bpf" for programs. */
  readonly module: string | null;
}

/** Past this, an address behind a symbol of unknown size is taken to belong to nobody. */
const FARTHEST = 0x10000;

/** One reading of /proc/kallsyms, by address. Names become strings only when asked for. */
export class SymbolTable {
  readonly hidden: boolean;
  private readonly bytes: Buffer;
  private readonly text: KallsymsText;
  private readonly columns: SymbolColumns;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.text = parseKallsyms(bytes);
    this.columns = sortedColumns(this.text.columns);
    this.hidden = this.text.hidden;
  }

  get count(): number {
    return this.columns.count;
  }

  /** Halves of the address, each 0..2^32-1. Aliases: the first of the file, as the kernel does. */
  lookup(high: number, low: number): KernelSymbol | undefined {
    if (high >>> 21 !== this.text.top) return undefined;
    const key = keyOf(high, low);
    const last = this.lastAtOrBelow(key);
    if (last < 0) return undefined;
    const size = this.sizeOf(last);
    const offset = key - this.columns.keys[last]!;
    if (size === undefined && offset >= FARTHEST) return undefined;
    const first = this.firstAlias(last);
    return { name: this.nameOf(first), offset, size, module: this.moduleOf(first) };
  }

  addressOf(index: number): bigint {
    const key = this.columns.keys[index]!;
    const high = ((this.text.top << 21) | Math.floor(key / 2 ** 32)) >>> 0;
    return joinU64(key % 2 ** 32, high);
  }

  nameOf(index: number): string {
    const at = this.columns.names[index]!;
    return this.bytes.toString('latin1', at, endOfName(this.bytes, at));
  }

  moduleOf(index: number): string | null {
    const number = this.columns.modules[index]!;
    return number === 0 ? null : this.text.modules[number - 1]!;
  }

  /** First byte of the name of symbol `index`, for those who compare without making strings. */
  nameStart(index: number): number {
    return this.columns.names[index]!;
  }

  get nameBytes(): Uint8Array {
    return this.bytes;
  }

  private lastAtOrBelow(key: number): number {
    const { keys } = this.columns;
    let low = 0;
    let high = this.columns.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle]! <= key) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  private firstAlias(last: number): number {
    const { keys } = this.columns;
    let first = last;
    while (first > 0 && keys[first - 1] === keys[last]) first--;
    return first;
  }

  private sizeOf(last: number): number | undefined {
    const { keys, modules, count } = this.columns;
    const next = last + 1;
    return next < count && modules[next] === modules[last] ? keys[next]! - keys[last]! : undefined;
  }
}
