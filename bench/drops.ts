// npm run bench:drops [-- --seconds 4 --rounds 3]: a UDP flood to a closed port, beside each tracer in turn, in one run.
// Sender's rate as a ratio to the untraced one; drops seen against drops made (UdpNoPorts of the namespace); losses.
// Rounds are interleaved, and each ratio is the median over the rounds, so that a busy machine hurts all alike.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'dist/bin/netwhy.js');
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '4' }, rounds: { type: 'string', default: '3' } },
});
const [SECONDS, ROUNDS] = [Number(values.seconds), Number(values.rounds)];
const NETNS = `nw${process.pid}b`;
const PORT = '9';

interface Tracer {
  readonly name: string;
  readonly command: readonly string[] | null;
  /** The line on standard error that says it is attached. */
  readonly ready: RegExp;
  readonly seen: (output: string) => { seen: number; lost: number } | null;
}

const endLine = (output: string): { seen: number; lost: number } | null => {
  const found = /netwhy: (\d+) drops? in .*?(none|\d+) lost/.exec(output);
  return found ? { seen: Number(found[1]), lost: found[2] === 'none' ? 0 : Number(found[2]) } : null;
};

const bpftraceSum = (output: string): { seen: number; lost: number } | null => {
  const counts = [...output.matchAll(/^\]: (\d+)$/gm)].map(found => Number(found[1]));
  return counts.length > 0 ? { seen: counts.reduce((sum, count) => sum + count, 0), lost: 0 } : null;
};

const netwhy = (...args: string[]): readonly string[] => [process.execPath, CLI, 'drops', '--json', ...args];

/** bpftrace looks for tracefs in debugfs; both are mounted for it alone. */
const MOUNT = 'mount -t debugfs none /sys/kernel/debug; mount -t tracefs none /sys/kernel/debug/tracing;';
const SCRIPT = 'tracepoint:skb:kfree_skb { @[kstack] = count(); }';

const TRACERS: readonly Tracer[] = [
  { name: 'no tracer', command: null, ready: /^/, seen: () => null },
  { name: 'netwhy drops --json >/dev/null', command: netwhy(), ready: /watching/, seen: endLine },
  {
    name: 'the same, a filter that matches nothing',
    command: netwhy('udp and port 1 and host 192.0.2.7'),
    ready: /watching/,
    seen: endLine,
  },
  {
    name: 'bpftrace, kfree_skb counted by stack',
    command: ['unshare', '--mount', 'sh', '-c', `${MOUNT} exec bpftrace -e '${SCRIPT}'`],
    ready: /Attaching/,
    seen: bpftraceSum,
  },
];

interface Result {
  readonly rate: number;
  readonly made: number;
  readonly seen: number | null;
  readonly lost: number;
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}

/** UdpNoPorts so far: every datagram to a closed port, each of which is one drop. */
function madeSoFar(): number {
  const { stdout } = spawnSync('ip', ['netns', 'exec', NETNS, 'nstat', '-asz', 'UdpNoPorts'], {
    encoding: 'utf8',
  });
  return Number(/UdpNoPorts\s+(\d+)/.exec(stdout)?.[1] ?? Number.NaN);
}

function flood(): number {
  const sender = join(ROOT, 'bench/udp-flood.mjs');
  const args = ['netns', 'exec', NETNS, process.execPath, sender, PORT, String(SECONDS)];
  const { stdout, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (!stdout) throw new Error(`the sender failed: ${stderr}`);
  const { sent, seconds } = JSON.parse(stdout) as { sent: number; seconds: number };
  return sent / seconds;
}

/** Standard output goes to /dev/null for netwhy; what bpftrace counted stands on its standard output. */
async function start(tracer: Tracer): Promise<{ child: ChildProcess; output: () => string }> {
  const [program, ...args] = tracer.command!;
  const child = spawn(program!, args, {
    stdio: ['ignore', program === 'unshare' ? 'pipe' : 'ignore', 'pipe'],
  });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
      if (tracer.ready.test(output)) resolve();
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`${tracer.name} ended early:\n${output}`)));
  });
  // bpftrace says "Attaching" before it has attached.
  await new Promise(resolve => setTimeout(resolve, program === 'unshare' ? 1500 : 200));
  return { child, output: () => output };
}

async function stop(child: ChildProcess): Promise<void> {
  child.removeAllListeners('exit');
  const ended = new Promise(resolve => child.once('close', resolve));
  child.kill('SIGINT');
  await ended;
}

async function measure(tracer: Tracer): Promise<Result> {
  const before = madeSoFar();
  const running = tracer.command ? await start(tracer) : null;
  const rate = flood();
  if (running) await stop(running.child);
  const counted = running ? tracer.seen(running.output()) : null;
  return { rate, made: madeSoFar() - before, seen: counted?.seen ?? null, lost: counted?.lost ?? 0 };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function print(results: ReadonlyMap<Tracer, Result[]>): void {
  const base = results.get(TRACERS[0]!)!;
  console.log(
    `\n${'sender beside …'.padEnd(42)}${'rate'.padStart(8)}${'drops made'.padStart(12)}${'seen'.padStart(12)}${'lost'.padStart(10)}`,
  );
  for (const [{ name }, rows] of results) {
    const ratio = median(rows.map((row, round) => row.rate / base[round]!.rate));
    const seen = rows.every(row => row.seen === null) ? '-' : String(sum(rows.map(row => row.seen ?? 0)));
    const cells = [
      `${(ratio * 100).toFixed(0)}%`.padStart(8),
      String(sum(rows.map(row => row.made))).padStart(12),
    ];
    console.log(
      name.padEnd(42) +
        cells.join('') +
        seen.padStart(12) +
        String(sum(rows.map(row => row.lost))).padStart(10),
    );
  }
}

const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
console.log(`kernel ${release}, node ${process.version}: ${ROUNDS} rounds of ${SECONDS} s each`);
ip('netns', 'add', NETNS);
try {
  ip('-n', NETNS, 'link', 'set', 'lo', 'up');
  flood();
  const results = new Map<Tracer, Result[]>(TRACERS.map(tracer => [tracer, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const tracer of TRACERS) results.get(tracer)!.push(await measure(tracer));
  print(results);
} finally {
  ip('netns', 'del', NETNS);
}
