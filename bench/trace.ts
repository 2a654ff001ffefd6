// npm run bench:trace [-- --seconds 4 --rounds 3 --batch 1 --peer]: a UDP sender over loopback, beside the tracer in its
// forms, in one run. --batch: datagrams per system call. "bare" is the least that can be done at every function of
// `--set all`: read one word, return. --peer: bpftrace, counting over the functions of `stages`.
// Sender's rate as a ratio to the untraced one; seconds until attached; records lost; memory. Rounds are interleaved,
// and each ratio is the median over the rounds, so that a busy machine hurts all alike.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Assembler, label } from '../src/asm/index.ts';
import { probeSetOf } from '../src/collect/trace/probe-set.ts';
import { readProbeable, whyNot } from '../src/collect/trace/probeable.ts';
import { compileFilter, moduleBtf, modulesWithBtf } from '../src/kernel/index.ts';
import { load } from '../src/load/index.ts';
import { Machine, runTrace } from '../src/session/index.ts';
import { orThrow } from '../src/session/machine.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    batch: { type: 'string', default: '1' },
    traced: { type: 'string', multiple: true },
    peer: { type: 'boolean' },
  },
});
const [SECONDS, ROUNDS] = [Number(values.seconds), Number(values.rounds)];
const SENDER = join(process.cwd(), 'bench/udp-flood.mjs');
const NOTHING = 'udp and port 1 and host 192.0.2.7';

interface Tracer {
  readonly name: string;
  readonly command: readonly string[] | null;
  readonly ready: RegExp;
}

const ours = (set: string, filter: string): readonly string[] => [
  process.execPath,
  process.argv[1]!,
  '--traced',
  set,
  '--traced',
  filter,
];
const MOUNT =
  'mount -t debugfs none /sys/kernel/debug 2>/dev/null; mount -t tracefs none /sys/kernel/debug/tracing 2>/dev/null;';
// What BEGIN prints is read once all probes are attached.
const script = (functions: readonly string[]): string =>
  `BEGIN { printf("ready\\n"); } ${functions.map(name => `kprobe:${name}`).join(',')} { @[func] = count(); }`;

/** Functions of a set that this kernel lets be probed. */
function functionsOf(set: 'stages' | 'all'): readonly string[] {
  const machine = new Machine();
  const modules = modulesWithBtf().map(name => orThrow(moduleBtf(name)));
  const probeable = readProbeable();
  return probeSetOf([machine.btf, ...modules], { set }, () => probeable)
    .functions.map(({ name }) => name)
    .filter(name => whyNot(probeable, name) === null);
}

const TRACERS: readonly Tracer[] = [
  { name: 'no tracer', command: null, ready: /^/ },
  { name: 'stages, nothing matches', command: ours('stages', NOTHING), ready: /^ready/m },
  { name: 'all, nothing matches', command: ours('all', NOTHING), ready: /^ready/m },
  { name: 'bare, at all', command: ours('bare', NOTHING), ready: /^ready/m },
  { name: 'tracepoints, nothing matches', command: ours('tracepoints', NOTHING), ready: /^ready/m },
  { name: 'stages, everything matches', command: ours('stages', 'udp'), ready: /^ready/m },
  ...(values.peer
    ? [
        {
          name: 'bpftrace, count() at the stages',
          command: [
            'unshare',
            '--mount',
            'sh',
            '-c',
            `${MOUNT} exec bpftrace -B none -e '${script(functionsOf('stages'))}'`,
          ],
          ready: /^ready/m,
        },
      ]
    : []),
];

interface Result {
  readonly rate: number;
  readonly readyMs: number | null;
  readonly end: {
    readonly hops?: number;
    readonly lost?: number;
    readonly rssMb?: number;
    readonly trails?: number;
  } | null;
}

function flood(port: number): number {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [SENDER, String(port), String(SECONDS), '18', values.batch!],
    {
      encoding: 'utf8',
    },
  );
  if (!stdout) throw new Error(`the sender failed: ${stderr}`);
  const { sent, seconds } = JSON.parse(stdout) as { sent: number; seconds: number };
  return sent / seconds;
}

async function start({
  name,
  command,
  ready,
}: Tracer): Promise<{ child: ChildProcess; output: () => string }> {
  const [program, ...args] = command!;
  const child = spawn(program!, args, {
    stdio: ['ignore', program === 'unshare' ? 'pipe' : 'ignore', 'pipe'],
  });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (ready.test(output)) resolve();
      });
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`${name} ended early:\n${output}`)));
  });
  await new Promise(resolve => setTimeout(resolve, 300));
  return { child, output: () => output };
}

const ENABLED = '/sys/kernel/tracing/enabled_functions';

/** Probes are taken off behind the back of a process that has ended: the next measurement starts when none is left. */
async function untilDetached(): Promise<void> {
  while (existsSync(ENABLED) && readFileSync(ENABLED, 'utf8').trim() !== '')
    await new Promise(resolve => setTimeout(resolve, 100));
}

async function measure(tracer: Tracer, port: number): Promise<Result> {
  if (!tracer.command) return { rate: flood(port), readyMs: null, end: null };
  const { child, output } = await start(tracer);
  const rate = flood(port);
  child.removeAllListeners('exit');
  const closed = new Promise(resolve => child.once('close', resolve));
  child.kill('SIGINT');
  await closed;
  await untilDetached();
  const ready = /^ready (\d+)/m.exec(output());
  const end = /^\{.*\}$/m.exec(output());
  return { rate, readyMs: ready ? Number(ready[1]) : null, end: end ? JSON.parse(end[0]) : null };
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

function print(results: ReadonlyMap<Tracer, Result[]>): void {
  const base = results.get(TRACERS[0]!)!;
  console.log(
    `\n${'sender beside …'.padEnd(34)}${['rate', 'packets/s', 'ready ms', 'hops', 'lost', 'MB'].map(head => head.padStart(11)).join('')}`,
  );
  for (const [{ name }, rows] of results) {
    const ratio = median(rows.map((row, round) => row.rate / base[round]!.rate));
    const ready = rows[0]!.readyMs === null ? '-' : String(median(rows.map(row => row.readyMs ?? 0)));
    const last = rows.at(-1)!.end;
    const cells = [
      `${(ratio * 100).toFixed(0)}%`,
      median(rows.map(row => row.rate)).toFixed(0),
      ready,
      last?.hops ?? '-',
      last?.lost ?? '-',
      last?.rssMb ?? '-',
    ];
    console.log(name.padEnd(34) + cells.map(cell => String(cell).padStart(11)).join(''));
  }
}

/** Reads one word at every function that `--set all` probes, until SIGINT. */
async function bare(): Promise<void> {
  const state = {
    name: 'bare_state',
    type: 'array',
    keySize: 4,
    valueSize: 8,
    maxEntries: 1,
    flags: 0,
  } as const;
  const end = label('end');
  const code = new Assembler('bare')
    .mapValue('r2', state, 0)
    .load('u64', 'r2', 'r2', 0)
    .jumpIf('r2', '==', 0, end)
    .mov('r0', 1)
    .exit()
    .place(end)
    .mov('r0', 0)
    .exit()
    .build();
  const attach = { kind: 'kprobe-multi', functions: functionsOf('all') } as const;
  using loaded = load({ maps: [state], programs: [{ name: 'bare', attach, code, license: 'GPL' }] });
  loaded.attachAll();
  writeSync(2, `ready ${Math.round(performance.now())}\n`);
  const alive = setInterval(() => undefined, 1000);
  await new Promise(resolve => process.once('SIGINT', resolve));
  clearInterval(alive);
}

/** One traced run: "ready MS" once attached, and at SIGINT the account with the memory that was resident. */
async function traced(set: string, text: string): Promise<void> {
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort());
  const machine = new Machine();
  const filter = text === '' ? {} : { filter: compileFilter(text).filter! };
  let lines = '';
  let outcomes = 0;
  let peak = 0;
  const end = await runTrace(
    machine,
    { set: set as 'stages', ...filter },
    {
      ready: probes => {
        writeSync(
          2,
          `ready ${Math.round(performance.now())} ${JSON.stringify({ ...probes, unprobeable: 0, absent: 0 })}\n`,
        );
      },
      journey: journey => {
        outcomes++;
        lines += `${JSON.stringify(journey.end)}\n`;
      },
      flush: () => {
        if (lines !== '') writeSync(1, lines);
        lines = '';
        peak = Math.max(peak, process.memoryUsage().rss);
      },
    },
    stop.signal,
  );
  writeSync(2, `${JSON.stringify({ ...end, probes: undefined, outcomes, rssMb: Math.round(peak / 1e6) })}\n`);
}

async function compare(): Promise<void> {
  const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
  console.log(`kernel ${release}, node ${process.version}: ${ROUNDS} rounds of ${SECONDS} s each`);
  const socket = createSocket('udp4');
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve));
  socket.removeAllListeners('message');
  const { port } = socket.address();
  flood(port);
  const results = new Map<Tracer, Result[]>(TRACERS.map(tracer => [tracer, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const tracer of TRACERS) {
      const result = await measure(tracer, port);
      results.get(tracer)!.push(result);
      console.error(
        `${round + 1}/${ROUNDS} ${tracer.name}: ${result.rate.toFixed(0)}/s${result.readyMs === null ? '' : `, ready after ${result.readyMs} ms`}`,
      );
    }
  print(results);
  socket.close();
}

if (values.traced?.[0] === 'bare') await bare();
else if (values.traced) await traced(values.traced[0]!, values.traced[1]!);
else await compare();
