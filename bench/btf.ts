// npm run bench:btf [FILE]: indexing a kernel's BTF beside bpftool's walk over the same file, one run.
// bpftool's time is that of its process: start, walk and print. Ours leaves out node's start (the same for any command).
// "cold" is the first time in a fresh process (nothing compiled yet), as every command of netwhy pays it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Btf } from '../src/btf/index.ts';

const RUNS = 7;
const file = process.argv[2] ?? '/sys/kernel/btf/vmlinux';

function timed<T>(action: () => T): { took: number; result: T } {
  const start = performance.now();
  const result = action();
  return { took: performance.now() - start, result };
}

function medianOf(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

function index(bytes: Uint8Array): {
  btf: Btf;
  parse: number;
  names: number;
  functions: number;
  found: number;
} {
  const { took: parse, result: btf } = timed(() => Btf.parse(bytes));
  const { took: names } = timed(() => btf.field('sk_buff', 'head'));
  const { took: functions, result } = timed(() => btf.functionsByArgument('sk_buff'));
  return { btf, parse, names, functions, found: result.length };
}

function bpftoolTime(): number | undefined {
  const run = () => spawnSync('bpftool', ['btf', 'dump', 'file', file, 'format', 'raw'], { stdio: 'ignore' });
  if (run().status !== 0) return undefined;
  return medianOf(Array.from({ length: RUNS }, () => timed(run).took));
}

function row(what: string, milliseconds: number, bpftool: number | undefined): void {
  const ratio = bpftool === undefined ? '' : `${(bpftool / milliseconds).toFixed(1)}x`;
  console.log(`${what.padEnd(58)}${milliseconds.toFixed(1).padStart(8)} ms${ratio.padStart(10)}`);
}

const { took: read, result: bytes } = timed(() => readFileSync(file));
const cold = index(bytes);
const warm = Array.from({ length: RUNS }, () => index(bytes)).map(run => run.parse + run.names);
const { took: decode } = timed(() => {
  for (const _ of cold.btf.types());
});
const bpftool = bpftoolTime();
const types = cold.btf.typeCount - 1;

console.log(`${file}: ${(bytes.length / 1e6).toFixed(1)} MB, ${types} types, node ${process.version}\n`);
console.log(`${' '.repeat(69)}${bpftool === undefined ? '' : 'bpftool/this'}`);
row('read the file', read, bpftool);
row('index, cold: Btf.parse', cold.parse, bpftool);
row('index, cold: parse and first lookup (struct sk_buff.head)', cold.parse + cold.names, bpftool);
row(`functionsByArgument('sk_buff'), cold: ${cold.found} functions`, cold.functions, bpftool);
row(`index, warm: parse and first lookup, median of ${RUNS}`, medianOf(warm), bpftool);
row('decode every type into an object', decode, bpftool);
if (bpftool === undefined)
  console.log('bpftool is missing or cannot read this file: apt-get install bpftool');
else row(`bpftool btf dump format raw >/dev/null, median of ${RUNS}`, bpftool, bpftool);
