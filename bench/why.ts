// npm run bench:why [-- --seconds 3 --rounds 3]: what watching costs a TCP stream that the filter does not match, and
// how long after the watch the verdict comes. Rounds are interleaved; each ratio is the median over the rounds.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'dist/bin/netwhy.js');
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '3' }, rounds: { type: 'string', default: '3' } },
});
const [SECONDS, ROUNDS] = [Number(values.seconds), Number(values.rounds)];
const [CLIENT, SERVER] = [`nw${process.pid}bc`, `nw${process.pid}bs`];
const WATCH_MS = 1000;

const SINK = `require('node:net').createServer(s => s.resume().on('error', () => 0)).listen(9, '10.98.0.2', () => console.log('up'))`;
const SOURCE = `const s = require('node:net').connect(9, '10.98.0.2');
const chunk = Buffer.alloc(1 << 16);
let sent = 0;
const more = () => { while (s.write(chunk, () => { sent += chunk.length; })); };
s.on('connect', more).on('drain', more);
setTimeout(() => { console.log(sent); process.exit(0); }, ${SECONDS * 1000});`;

function run(...args: string[]): void {
  const { status, stderr } = spawnSync(args[0]!, args.slice(1), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
}

function build(): void {
  for (const name of [CLIENT, SERVER]) run('ip', 'netns', 'add', name);
  run('ip', '-n', CLIENT, 'link', 'add', 'v0', 'type', 'veth', 'peer', 'v0', 'netns', SERVER);
  for (const [name, address] of [
    [CLIENT, '10.98.0.1/24'],
    [SERVER, '10.98.0.2/24'],
  ] as const) {
    run('ip', '-n', name, 'link', 'set', 'v0', 'up');
    run('ip', '-n', name, 'addr', 'add', address, 'dev', 'v0');
  }
}

function inside(netns: string, script: string): ChildProcess {
  return spawn('ip', ['netns', 'exec', netns, process.execPath, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function ready(child: ChildProcess, stream: 'stdout' | 'stderr'): Promise<void> {
  return new Promise(resolve => child[stream]!.once('data', () => resolve()));
}

/** Bytes that the stream carried. */
async function stream(): Promise<number> {
  const source = inside(CLIENT, SOURCE);
  let text = '';
  source.stdout!.on('data', data => {
    text += data;
  });
  await new Promise(resolve => source.on('close', resolve));
  return Number(text);
}

async function watched(args: readonly string[]): Promise<number> {
  const why = spawn(process.execPath, [CLI, 'why', '--json', '--duration', '600', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await ready(why, 'stderr');
  const bytes = await stream();
  why.kill('SIGINT');
  await new Promise(resolve => why.on('close', resolve));
  return bytes;
}

/** Milliseconds from the end of the watch to the printed verdict. */
async function verdictTime(args: readonly string[]): Promise<number> {
  const why = spawn(process.execPath, [CLI, 'why', '--json', '--duration', `${WATCH_MS}ms`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await ready(why, 'stderr');
  const start = performance.now();
  await ready(why, 'stdout');
  const time = performance.now() - start - WATCH_MS;
  await new Promise(resolve => why.on('close', resolve));
  return time;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
const OTHER = 'tcp port 1 and host 192.0.2.7';

build();
const sink = inside(SERVER, SINK);
try {
  await ready(sink, 'stdout');
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const plain = await stream();
    const under = await watched([OTHER]);
    ratios.push(under / plain);
    const rate = (bytes: number): string => `${((bytes * 8) / SECONDS / 1e9).toFixed(2)} Gbit/s`;
    console.log(
      `round ${round + 1}: ${rate(plain)} alone, ${rate(under)} watched by a filter that does not match`,
    );
  }
  console.log(`throughput while watched: ${(median(ratios) * 100).toFixed(1)} % (median of ${ROUNDS})`);
  for (const args of [[OTHER], ['host 10.98.0.2'], []]) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) times.push(await verdictTime(args));
    console.log(`verdict after the watch, ${args[0] ?? 'no filter'}: ${median(times).toFixed(0)} ms`);
  }
} finally {
  sink.kill('SIGKILL');
  for (const name of [CLIENT, SERVER]) spawnSync('ip', ['netns', 'del', name]);
}
