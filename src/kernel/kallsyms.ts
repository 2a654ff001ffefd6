import { type Unavailable, unavailable } from '../base/index.ts';
import { readBytes } from './read-file.ts';
import { rangesOf, type SymbolRange } from './symbol-ranges.ts';
import { addressesOf } from './symbol-search.ts';
import { type KernelSymbol, SymbolTable } from './symbol-table.ts';

const KALLSYMS = '/proc/kallsyms';
const SIZE_HINT = 8 << 20;
/** Programs and modules appear while we run, so a miss reads the file again; each time in vain doubles the wait. */
const SHORTEST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 64_000;
const CACHE_SLOTS = 4096;

export interface KallsymsOptions {
  /** Where the text comes from; default /proc/kallsyms. */
  readonly read?: () => Uint8Array;
  /** Milliseconds, rising; default performance.now. */
  readonly now?: () => number;
}

/** Kernel addresses to names. Nothing is read before the first question. */
export class Kallsyms {
  private readonly read: () => Uint8Array;
  private readonly now: () => number;
  private table: SymbolTable | undefined;
  private failure: Unavailable | undefined;
  private readAt = Number.NEGATIVE_INFINITY;
  private wait = SHORTEST_WAIT_MS;
  private readonly cachedHigh = new Uint32Array(CACHE_SLOTS);
  private readonly cachedLow = new Uint32Array(CACHE_SLOTS);
  private readonly cached: (KernelSymbol | undefined)[] = new Array(CACHE_SLOTS).fill(undefined);

  constructor(options: KallsymsOptions = {}) {
    this.read = options.read ?? (() => readBytes(KALLSYMS, SIZE_HINT));
    this.now = options.now ?? (() => performance.now());
  }

  /** Reads the file if that has not happened; undefined when addresses can be named. */
  problem(): Unavailable | undefined {
    if (this.table === undefined && this.failure === undefined) this.refresh();
    return this.failure;
  }

  get count(): number {
    return this.problem() === undefined ? this.table!.count : 0;
  }

  lookup(address: bigint): KernelSymbol | undefined {
    return this.lookupParts(Number((address >> 32n) & 0xffffffffn), Number(address & 0xffffffffn));
  }

  /** As lookup, for the halves of an address (each 0..2^32-1); an address seen before costs no allocation. */
  lookupParts(high: number, low: number): KernelSymbol | undefined {
    const slot = (low ^ (low >>> 12)) & (CACHE_SLOTS - 1);
    if (this.cachedLow[slot] === low && this.cachedHigh[slot] === high) {
      const hit = this.cached[slot];
      if (hit !== undefined) return hit;
    }
    const symbol = this.find(high, low);
    if (symbol !== undefined) this.remember(slot, high, low, symbol);
    return symbol;
  }

  /** Every address of each name; names the kernel does not have are absent. */
  symbolAddresses(names: Iterable<string>): Map<string, bigint[]> {
    return this.problem() === undefined ? addressesOf(this.table!, names) : new Map();
  }

  /** Code of every function of that name, pieces that the compiler split off included; none when unknown. */
  rangesOf(name: string): SymbolRange[] {
    return this.problem() === undefined ? rangesOf(this.table!, name) : [];
  }

  /** Reads /proc/kallsyms again now: after modules or programs were loaded. */
  refresh(): void {
    this.readAt = this.now();
    this.cached.fill(undefined);
    const read = tableFrom(this.read);
    this.table = read instanceof SymbolTable ? read : undefined;
    this.failure = read instanceof SymbolTable ? undefined : read;
  }

  private find(high: number, low: number): KernelSymbol | undefined {
    if (this.problem() !== undefined) return undefined;
    const symbol = this.table!.lookup(high, low);
    if (symbol !== undefined || this.now() - this.readAt < this.wait) return symbol;
    this.refresh();
    const again = this.table?.lookup(high, low);
    this.wait = again === undefined ? Math.min(this.wait * 2, LONGEST_WAIT_MS) : SHORTEST_WAIT_MS;
    return again;
  }

  private remember(slot: number, high: number, low: number, symbol: KernelSymbol): void {
    this.cachedHigh[slot] = high;
    this.cachedLow[slot] = low;
    this.cached[slot] = symbol;
  }
}

function tableFrom(read: () => Uint8Array): SymbolTable | Unavailable {
  let bytes: Uint8Array;
  try {
    bytes = read();
  } catch (error) {
    return absent(error instanceof Error ? error.message : String(error));
  }
  const table = new SymbolTable(bytes);
  if (table.hidden) return hidden();
  return table.count > 0 ? table : absent(`${KALLSYMS} lists no function`);
}

function hidden(): Unavailable {
  return unavailable(
    'kernel symbol names',
    'every address in /proc/kallsyms reads as 0 for this user: kernel.kptr_restrict hides them',
    'run as root or with CAP_SYSLOG; where kernel.kptr_restrict is 2, root needs: sysctl -w kernel.kptr_restrict=1',
  );
}

function absent(why: string): Unavailable {
  return unavailable(
    'kernel symbol names',
    why,
    'use a kernel with CONFIG_KALLSYMS=y and mount /proc; addresses are printed as numbers',
  );
}
