import { columnsFor, keyOf, type SymbolColumns } from './symbol-columns.ts';

/** What one reading of /proc/kallsyms holds; columns in file order. */
export interface KallsymsText {
  readonly columns: SymbolColumns;
  readonly modules: readonly string[];
  /** Bits 53 to 63 of the addresses. */
  readonly top: number;
  /** Every address was 0: the kernel hides them from this user. */
  readonly hidden: boolean;
}

const NEWLINE = 10;
const TAB = 9;
const SPACE = 32;
/** "ffffffff81000000 T x\n" is the shortest line. */
const SHORTEST_LINE = 21;
const TYPE_AT = 17;
const NAME_AT = 19;

const IS_TEXT = new Uint8Array(256);
for (const type of 'tTwW') IS_TEXT[type.charCodeAt(0)] = 1;

/** Text symbols only; lines that are not "16 hex digits, type, name" are passed over. */
export function parseKallsyms(bytes: Uint8Array): KallsymsText {
  const columns = columnsFor(Math.floor(bytes.length / SHORTEST_LINE) + 1);
  const modules = new ModuleNames(bytes);
  let count = 0;
  let top = 0;
  let seen = 0;
  for (let at = 0; at + SHORTEST_LINE <= bytes.length; ) {
    const end = endOfLine(bytes, at);
    if (IS_TEXT[bytes[at + TYPE_AT]!] === 1 && bytes[at + NAME_AT - 1] === SPACE && end > at + NAME_AT) {
      seen++;
      const high = hexAt(bytes, at);
      const low = hexAt(bytes, at + 8);
      if (high !== 0 || low !== 0) {
        if (count === 0) top = high >>> 21;
        columns.keys[count] = keyOf(high, low);
        columns.names[count] = at + NAME_AT;
        columns.modules[count++] = modules.numberAt(at + NAME_AT, end);
      }
    }
    at = end + 1;
  }
  return { columns: { ...columns, count }, modules: modules.list, top, hidden: seen > 0 && count === 0 };
}

function endOfLine(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== NEWLINE) at++;
  return at;
}

/** Where the name that starts at `from` ends. */
export function endOfName(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at]! > SPACE) at++;
  return at;
}

/** Eight hex digits as an unsigned number. */
function hexAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 8; i++) {
    const c = bytes[i]!;
    value = (value << 4) | ((c & 15) + (c >> 6) * 9);
  }
  return value >>> 0;
}

/** Numbers the "[module]" ends of lines; neighbours mostly share one, so the last is tried first. */
class ModuleNames {
  readonly list: string[] = [];
  private readonly bytes: Uint8Array;
  private lastAt = 0;
  private lastLength = 0;
  private lastNumber = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** 0 for a line without module. */
  numberAt(nameAt: number, end: number): number {
    if (this.bytes[end - 1] !== 0x5d) return 0;
    let at = end - 2;
    while (at > nameAt && this.bytes[at] !== TAB) at--;
    if (at === nameAt) return 0;
    const start = at + 2;
    const length = end - 1 - start;
    if (!this.sameAsLast(start, length)) this.remember(start, length);
    return this.lastNumber;
  }

  private sameAsLast(start: number, length: number): boolean {
    if (length !== this.lastLength) return false;
    for (let i = 0; i < length; i++) if (this.bytes[start + i] !== this.bytes[this.lastAt + i]) return false;
    return true;
  }

  private remember(start: number, length: number): void {
    const name = Buffer.from(this.bytes.subarray(start, start + length)).toString('latin1');
    const known = this.list.indexOf(name);
    this.lastNumber = known < 0 ? this.list.push(name) : known + 1;
    this.lastAt = start;
    this.lastLength = length;
  }
}
