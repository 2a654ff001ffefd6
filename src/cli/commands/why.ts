import type { Command } from 'commander';
import { UsageError } from '../../base/index.ts';
import { causeOf, VERDICT_EXIT, type Verdict } from '../../diagnose/index.ts';
import { compileFilter, resolveNetns } from '../../kernel/index.ts';
import { styleOf, verdictJson, verdictText } from '../../render/index.ts';
import { Machine, runWhy, type WhyRequest } from '../../session/index.ts';
import { type CommandSpec, type Context, EXIT, examples } from '../command.ts';
import { collect } from '../options/count.ts';
import { parseDuration } from '../options/duration.ts';

interface WhyOptions {
  readonly duration: number;
  readonly watch?: boolean;
  readonly expect?: string;
  readonly json?: boolean;
  readonly full?: boolean;
  readonly netns?: readonly string[];
  readonly allowChanges?: boolean;
}

export const why: CommandSpec = { configure, run };

const SECONDS = 5;
const NARROWEST = 70;
const WIDEST = 140;

function configure(command: Command): void {
  command
    .argument('[filter...]', 'packet filter in pcap-filter(7) syntax; without it the whole machine is judged')
    .option('--duration <time>', 'watch for 10 (seconds), 500ms, 2m …', parseDuration, SECONDS * 1000)
    .option('--watch', 'keep going; print a verdict whenever it changes')
    .option('--expect <cause>', 'exit 0 when this cause (or "healthy") is the first, else 1: for scripts')
    .option('--json', 'one JSON object (docs/schema/verdict.schema.json)')
    .option('--full', 'every cause with all of its evidence')
    .option('--netns <name|inode|pid>', 'only this network namespace; may be repeated', collect)
    .option(
      '--allow-changes',
      'where legacy iptables drops: add TRACE rules to its raw table while watching, and remove them',
    );
  examples(command, [
    ['netwhy why', 'what is wrong on this machine'],
    ["netwhy why 'host 192.0.2.7 and tcp port 8100'", 'what happens to this traffic'],
    ["netwhy why 'udp port 53' --duration 30", 'watch for half a minute (Ctrl-C ends earlier)'],
    ["netwhy why 'tcp port 80' --expect healthy", 'in a script: 0 when nothing is wrong'],
    ['netwhy why --watch --json', 'a line whenever the verdict changes'],
  ]);
}

async function run(
  args: readonly string[],
  raw: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<number> {
  const options = raw as unknown as WhyOptions;
  checkExpected(options.expect);
  const machine = new Machine();
  const request = requestOf(args.join(' '), options, machine, context);
  if (options.watch) return watchOn(machine, request, options, context);
  const verdict = await observeOnce(machine, request, context, true);
  print(verdict, options, context);
  return exitOf(verdict, options);
}

function requestOf(text: string, options: WhyOptions, machine: Machine, context: Context): WhyRequest {
  const { filter, note } = text === '' ? {} : compileFilter(text);
  if (note) context.err.write(`netwhy: ${note}\n`);
  return {
    filterText: text === '' ? null : text,
    durationMs: options.duration,
    ...(filter ? { filter } : {}),
    ...(options.netns
      ? { namespaces: options.netns.map(one => resolveNetns(one, machine.namespaces).inode) }
      : {}),
    ...(options.allowChanges ? { allowChanges: true } : {}),
  };
}

function observeOnce(
  machine: Machine,
  request: WhyRequest,
  { err, stop }: Context,
  tell: boolean,
): Promise<Verdict> {
  const seconds = request.durationMs / 1000;
  const what = request.filterText === null ? 'the whole machine' : request.filterText;
  const ready = (): void => {
    if (tell) err.write(`netwhy: watching ${what} for ${seconds} s; Ctrl-C ends\n`);
  };
  const changes = (text: string): void => err.write(`netwhy: rules are added ${text}\n`);
  return runWhy(machine, request, { ready, changes }, stop);
}

/** One watch after the other; what changes is the verdict and its causes, not their counts. */
async function watchOn(
  machine: Machine,
  request: WhyRequest,
  options: WhyOptions,
  context: Context,
): Promise<number> {
  let shown = '';
  let last: Verdict;
  do {
    last = await observeOnce(machine, request, context, shown === '');
    const now = [last.verdict, ...last.causes.map(({ id, where }) => `${id}@${where.netns}`)].join(' ');
    if (now !== shown) print(last, options, context);
    shown = now;
  } while (!context.stop.aborted);
  return exitOf(last, options);
}

function print(verdict: Verdict, { json, full }: WhyOptions, { out }: Context): void {
  const columns = Math.min(WIDEST, Math.max(NARROWEST, out.columns()));
  const options = { style: styleOf(out.color), columns, full: full === true };
  out.write(json ? verdictJson(verdict) : verdictText(verdict, options));
}

function checkExpected(expected: string | undefined): void {
  if (expected === undefined || expected === 'healthy' || causeOf(expected)) return;
  throw new UsageError(
    `there is no cause "${expected}"`,
    'netwhy lab list shows them; "healthy" is one as well',
  );
}

/** 0 healthy, 1 problem, 3 could not tell; with --expect 0 when it is as expected. */
export function exitOf(verdict: Verdict, { expect }: Pick<WhyOptions, 'expect'>): number {
  if (expect === undefined) return VERDICT_EXIT[verdict.verdict];
  const first = verdict.verdict === 'healthy' ? 'healthy' : verdict.causes[0]?.id;
  if (first === expect) return EXIT.ok;
  return verdict.verdict === 'unknown' && verdict.causes.length === 0 ? EXIT.blind : EXIT.problem;
}
