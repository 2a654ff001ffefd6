import { type Command, Option } from 'commander';
import { NetwhyError, UsageError } from '../../base/index.ts';
import type { PacketFilter } from '../../filter/index.ts';
import { compileFilter } from '../../kernel/index.ts';
import { Machine, runTrace, type TraceRequest, type TraceSink } from '../../session/index.ts';
import { type CommandSpec, type Context, EXIT, examples } from '../command.ts';
import { collect, parseCount } from '../options/count.ts';
import { parseDuration } from '../options/duration.ts';
import { chosen } from '../trace/choose.ts';
import { parseOutcomes } from '../trace/outcomes.ts';
import { Preparing } from '../trace/progress.ts';
import { sinkOf } from '../trace/sinks.ts';
import type { TraceOptions } from '../trace/trace-options.ts';

export const trace: CommandSpec = { configure, run };

function configure(command: Command): void {
  command.argument(
    '[filter...]',
    'packet filter in pcap-filter(7) syntax; asked where packets enter the stack, then they are followed',
  );
  formOptions(command);
  choiceOptions(command);
  probeOptions(command);
  examples(command, [
    ["netwhy trace 'icmp and host 192.0.2.2'", 'where each of these packets goes, and what becomes of it'],
    ["netwhy trace 'tcp port 8100' --only dropped", 'only packets that are dropped'],
    ["netwhy trace 'udp port 53' --flat --caller", 'every function that a packet meets'],
    ["netwhy trace 'host 192.0.2.2' --set all --flat", 'all functions with a packet among their arguments'],
    ["netwhy trace 'tcp port 80' --latency --duration 10", 'where the time goes'],
    ["netwhy trace 'udp port 4789' --inner 'host 10.0.0.5'", 'by what a VXLAN tunnel carries'],
    ['netwhy trace arp --json | jq -c \'select(.type == "end-of-trail")\'', 'for other programs'],
  ]);
}

function formOptions(command: Command): void {
  command
    .option('--flat', 'a line per function that a packet meets, instead of a block per packet')
    .option('--json', 'one JSON object per line (docs/schema/events.schema.json)')
    .option('--stack', "with --flat and --json: the kernel's call stack of every hop")
    .option('--caller', 'with --flat and --json: who called the function')
    .option('--latency', 'time spent in each stage, and percentiles per stage at the end')
    .addOption(
      new Option(
        '--time <form>',
        'since the packet was first seen, since the line before, or the clock (UTC)',
      )
        .choices(['relative', 'delta', 'absolute'])
        .default('relative'),
    )
    .option('--no-hints', 'leave out what a drop reason means')
    .option('--verbose', 'list what could not be probed, and why');
}

function choiceOptions(command: Command): void {
  command
    .option(
      '--only <outcome>',
      'only packets that end so: dropped, delivered, sent, consumed, queued, lost; may be repeated',
      parseOutcomes,
    )
    .option('--inner <filter>', 'only packets whose VXLAN, Geneve or IP-in-IP tunnel carries this')
    .option('--netns <name|inode|pid>', 'first seen in this network namespace; may be repeated', collect)
    .option(
      '--ifname <name>',
      'first seen on this interface, "veth*" for all that start so; may be repeated',
      collect,
    )
    .option('--mark <value[/mask]>', 'first seen with this mark')
    .option('--limit <n>', 'only the n packets that are seen first, then stop', parseCount)
    .option('--duration <time>', 'stop after 10 (seconds), 500ms, 2m …', parseDuration);
}

function probeOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '--set <set>',
        'stages: functions chosen for meaning; all: every function with a packet among its first five arguments; tracepoints: no functions',
      )
        .choices(['stages', 'all', 'tracepoints'])
        .default('stages'),
    )
    .option('--functions <regex>', 'also functions whose whole name matches: tcp_.*')
    .option('--exclude <regex>', 'leave out functions whose whole name matches')
    .option(
      '--modules <name>',
      'with --set all and --functions: only of these modules; may be repeated',
      collect,
    )
    .option('--dump', 'print the probe programs before they are loaded, to standard error');
}

async function run(
  args: readonly string[],
  raw: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<number> {
  const options = raw as unknown as TraceOptions;
  check(options);
  const request = requestOf(args.join(' '), options, context);
  const preparing = new Preparing(context.err);
  try {
    await follow({ ...request, progress: preparing.progress }, options, context, preparing);
    return EXIT.ok;
  } catch (error) {
    preparing.clear();
    if (preparing.done || !context.stop.aborted || !(error instanceof NetwhyError)) throw error;
    context.err.write('netwhy: stopped before all probes were set; nothing was followed\n');
    return EXIT.blind;
  }
}

async function follow(
  request: TraceRequest,
  options: TraceOptions,
  context: Context,
  preparing: Preparing,
): Promise<void> {
  const full = new AbortController();
  const report = chosen(sinkOf(options, context), options, full);
  const sink: TraceSink = {
    ...report,
    ready: probes => {
      preparing.end();
      report.ready?.(probes);
    },
  };
  const stop = AbortSignal.any([context.stop, full.signal]);
  report.end(await runTrace(new Machine(), request, sink, stop));
}

function check({ flat, json, stack, caller }: TraceOptions): void {
  if (flat && json) throw new UsageError('--flat and --json exclude each other');
  if ((stack || caller) && !flat && !json)
    throw new UsageError(
      `${stack ? '--stack' : '--caller'} needs --flat or --json`,
      'The short form has one line per stage, not per function.',
    );
}

function requestOf(text: string, options: TraceOptions, context: Context): TraceRequest {
  const { set, functions, exclude, modules, netns, ifname, mark, stack, caller, duration, only, limit } =
    options;
  const inner = options.inner === undefined ? undefined : filterOf(options.inner, context);
  return {
    set,
    ...(text === '' ? {} : { filter: filterOf(text, context) }),
    ...(inner ? { inner } : {}),
    ...(functions === undefined ? {} : { functions }),
    ...(exclude === undefined ? {} : { exclude }),
    ...(modules ? { modules } : {}),
    ...(netns ? { netns } : {}),
    ...(ifname ? { ifnames: ifname } : {}),
    ...(mark === undefined ? {} : { mark }),
    ...(stack ? { stacks: true } : {}),
    ...(caller ? { callers: true } : {}),
    ...(duration === undefined ? {} : { durationMs: duration }),
    ...(limit === undefined || only ? {} : { limit }),
    ...(options.dump ? { dump: (listing: string) => context.err.write(listing) } : {}),
  };
}

function filterOf(text: string, { err }: Context): PacketFilter {
  const { filter, note } = compileFilter(text);
  if (note) err.write(`netwhy: ${note}\n`);
  return filter;
}
