import type { Command } from 'commander';
import { UsageError } from '../../base/index.ts';
import type { WatchOptions } from '../../collect/index.ts';
import { compileFilter } from '../../kernel/index.ts';
import { type DropSink, type DropsRun, dropConditionsOf, Machine, runDrops } from '../../session/index.ts';
import { type CommandSpec, type Context, EXIT, examples } from '../command.ts';
import { sinkOf } from '../drops/sinks.ts';
import { collect, parseCount } from '../options/count.ts';
import { parseDuration } from '../options/duration.ts';

/** Options of `netwhy drops`, as commander hands them over. */
export interface DropsOptions {
  readonly stack?: boolean;
  readonly json?: boolean;
  readonly top?: boolean;
  readonly byStack?: boolean;
  readonly reason?: readonly string[];
  readonly function?: readonly string[];
  readonly netns?: readonly string[];
  readonly ifname?: readonly string[];
  readonly mark?: string;
  readonly duration?: number;
  readonly limit?: number;
  readonly interval: number;
  readonly all?: boolean;
  readonly hints: boolean;
  readonly dump?: boolean;
}

const RING_BYTES = 8 << 20;

export const drops: CommandSpec = { configure, run };

function configure(command: Command): void {
  command
    .argument(
      '[filter...]',
      'packet filter in pcap-filter(7) syntax: tcp and dst port 8100 and host 192.0.2.7',
    )
    .option(
      '--stack',
      "show the kernel's whole call stack under each drop (NDJSON always has the upper part)",
    )
    .option('--json', 'one JSON object per line (docs/schema/events.schema.json)')
    .option('--top', 'count by reason, function, interface and namespace; on a terminal a live table')
    .option('--by-stack', 'count by kernel stack')
    .option('--reason <name>', 'only this drop reason; may be repeated', collect)
    .option('--function <name>', 'only drops in this kernel function; may be repeated', collect)
    .option('--netns <name|inode|pid>', 'only this network namespace; may be repeated', collect)
    .option('--ifname <name>', 'only this interface, "veth*" for all that start so; may be repeated', collect)
    .option('--mark <value[/mask]>', 'only packets with this mark')
    .option('--duration <time>', 'stop after 10 (seconds), 500ms, 2m …', parseDuration)
    .option('--limit <n>', 'stop after n drops; with --top and --by-stack: show n rows', parseCount)
    .option('--interval <time>', 'with --top: refresh every …', parseDuration, 1000)
    .option('--all', 'show benign drops too; else they are hidden and counted')
    .option('--no-hints', 'leave out what a reason means')
    .option('--dump', 'print the probe program before it is loaded, to standard error');
  examples(command, [
    ['netwhy drops', 'every drop of this machine'],
    ["netwhy drops 'tcp and dst port 8100 and host 192.0.2.7'", 'of this traffic'],
    ['netwhy drops --netns web --stack', 'in namespace web, with call stacks'],
    ['netwhy drops --top', 'a live table: what is dropped most'],
    ['netwhy drops --reason NO_SOCKET --json | jq .packet', 'for other programs'],
    ['netwhy drops --by-stack --duration 10', 'which code paths drop, over ten seconds'],
  ]);
}

async function run(
  args: readonly string[],
  raw: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<number> {
  const options = raw as unknown as DropsOptions;
  if (options.top && options.byStack) throw new UsageError('--top and --by-stack exclude each other');
  const machine = new Machine();
  const sink = sinkOf(options, context);
  const end = await runDrops(machine, runOf(args.join(' '), options, machine, context), sink, context.stop);
  sink.end(end);
  return EXIT.ok;
}

/** The sink of a command also prints the account. */
export type ReportingSink = DropSink & { end(end: Awaited<ReturnType<typeof runDrops>>): void };

function runOf(text: string, options: DropsOptions, machine: Machine, context: Context): DropsRun {
  const counting = options.top === true || options.byStack === true;
  return {
    watch: watchOf(text, options, machine, context),
    all: options.all === true,
    ...(options.limit !== undefined && !counting ? { limit: options.limit } : {}),
    ...(options.duration === undefined ? {} : { durationMs: options.duration }),
    ...(options.top ? { everyMs: options.interval } : {}),
  };
}

function watchOf(text: string, options: DropsOptions, machine: Machine, context: Context): WatchOptions {
  const { filter, note } = text === '' ? { filter: undefined, note: undefined } : compileFilter(text);
  if (note) context.err.write(`netwhy: ${note}\n`);
  return {
    btf: machine.btf,
    names: machine.names(),
    mode: options.top || options.byStack ? 'counts' : 'records',
    stackFrames: framesOf(options),
    conditions: dropConditionsOf(requestOf(options), machine),
    ringBytes: RING_BYTES,
    ...(filter ? { filter } : {}),
    ...(options.dump ? { dump: listing => context.err.write(listing) } : {}),
  };
}

/** Walking the stack is what costs most of a drop: NDJSON alone takes the upper part, --stack all of it. */
const FRAMES = { whole: 64, upper: 16, none: 0 } as const;

function framesOf({ stack, byStack, json, top }: DropsOptions): number {
  if (top) return FRAMES.none;
  if (stack || byStack) return FRAMES.whole;
  return json ? FRAMES.upper : FRAMES.none;
}

function requestOf({
  reason,
  function: functions,
  netns,
  ifname,
  mark,
}: DropsOptions): Parameters<typeof dropConditionsOf>[0] {
  return {
    ...(reason ? { reasons: reason } : {}),
    ...(functions ? { functions } : {}),
    ...(netns ? { netns } : {}),
    ...(ifname ? { ifnames: ifname } : {}),
    ...(mark === undefined ? {} : { mark }),
  };
}
