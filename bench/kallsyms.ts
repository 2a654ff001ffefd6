/**
 * How long until a kernel address can be named, and how long one name takes: the room's table of typed arrays beside
 * the plain way (text, split, Map, sort), both over the running kernel's /proc/kallsyms. Best of some runs.
 */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { Kallsyms, readBytes } from '../src/kernel/index.ts';

const RUNS = 5;
const LOOKUPS = 200_000;

interface Plain {
  readonly addresses: readonly bigint[];
  readonly names: ReadonlyMap<bigint, string>;
}

function plainTable(): Plain {
  const names = new Map<bigint, string>();
  for (const line of readFileSync('/proc/kallsyms', 'latin1').split('\n')) {
    const [hex, type, name] = line.split(/[ \t]/);
    if (type === undefined || name === undefined || !'tTwW'.includes(type)) continue;
    const address = BigInt(`0x${hex}`);
    if (!names.has(address)) names.set(address, name);
  }
  return { names, addresses: [...names.keys()].sort((a, b) => (a < b ? -1 : 1)) };
}

function plainLookup({ addresses, names }: Plain, address: bigint): string | undefined {
  let low = 0;
  let high = addresses.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (addresses[middle]! <= address) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : names.get(addresses[low - 1]!);
}

function best(run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i++) {
    globalThis.gc?.();
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

function memoryOf<T>(make: () => T): { made: T; mb: number } {
  globalThis.gc?.();
  const before = process.memoryUsage();
  const made = make();
  globalThis.gc?.();
  const after = process.memoryUsage();
  return {
    made,
    mb: (after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers) / 2 ** 20,
  };
}

function loaded(): Kallsyms {
  const kallsyms = new Kallsyms();
  const problem = kallsyms.problem();
  if (problem !== undefined) throw new Error(`${problem.why}; ${problem.instead}`);
  return kallsyms;
}

const ours = memoryOf(loaded);
const plain = memoryOf(plainTable);
const places = Array.from({ length: LOOKUPS }, () => {
  const at = Math.floor(Math.random() * plain.made.addresses.length);
  return plain.made.addresses[at]! + 1n;
});
const halves = places.map(place => [Number(place >> 32n), Number(place & 0xffffffffn)] as const);
const few = halves.slice(0, 200);

for (const place of places.slice(0, 1000)) {
  const [theirs, mine] = [plainLookup(plain.made, place), ours.made.lookup(place)?.name];
  if (theirs !== mine) throw new Error(`0x${place.toString(16)} is ${mine} here and ${theirs} the plain way`);
}

function perLookup(run: () => void): number {
  return (best(run) * 1e6) / LOOKUPS;
}

const ROUNDS = LOOKUPS / few.length;
const rows: readonly (readonly [what: string, mine: number, theirs: number, unit: string])[] = [
  ['load', best(loaded), best(plainTable), 'ms'],
  [
    '  of which reading',
    best(() => readBytes('/proc/kallsyms', 8 << 20)),
    best(() => readFileSync('/proc/kallsyms')),
    'ms',
  ],
  [
    'one lookup, any address',
    perLookup(() => {
      for (const [high, low] of halves) ours.made.lookupParts(high, low);
    }),
    perLookup(() => {
      for (const place of places) plainLookup(plain.made, place);
    }),
    'ns',
  ],
  [
    'one lookup, 200 addresses',
    perLookup(() => {
      for (let i = 0; i < ROUNDS; i++) for (const [high, low] of few) ours.made.lookupParts(high, low);
    }),
    perLookup(() => {
      const same = places.slice(0, few.length);
      for (let i = 0; i < ROUNDS; i++) for (const place of same) plainLookup(plain.made, place);
    }),
    'ns',
  ],
  ['kept in memory', ours.mb, plain.mb, 'MiB'],
];

console.log(`kallsyms on ${release()}: ${ours.made.count} text symbols; best of ${RUNS}`);
console.log(`${''.padEnd(28)}${'netwhy'.padStart(12)}${'plain'.padStart(12)}${'ratio'.padStart(8)}`);
for (const [what, mine, theirs, unit] of rows) {
  const cell = (value: number): string => `${value.toFixed(1)} ${unit}`.padStart(12);
  console.log(`${what.padEnd(28)}${cell(mine)}${cell(theirs)}${(theirs / mine).toFixed(1).padStart(8)}`);
}
