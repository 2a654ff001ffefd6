import type { Command } from 'commander';
import { compileFilter, type Netns, resolveNetns } from '../../kernel/index.ts';
import { ruleBlock, ruleJson, rulesSummary, styleOf } from '../../render/index.ts';
import { Machine, type RulesRun, type RulesSink, runRules } from '../../session/index.ts';
import { type CommandSpec, type Context, EXIT, examples } from '../command.ts';
import { gathered } from '../drops/gathered.ts';
import { collect, parseCount } from '../options/count.ts';
import { parseDuration } from '../options/duration.ts';

interface RulesOptions {
  readonly netns?: readonly string[];
  readonly json?: boolean;
  readonly duration?: number;
  readonly limit?: number;
  readonly allowChanges?: boolean;
}

export const rules: CommandSpec = { configure, run };

function configure(command: Command): void {
  command
    .argument('[filter...]', 'packet filter in pcap-filter(7) syntax: tcp and dst port 8100')
    .option(
      '--netns <name|inode|pid|all>',
      'the network namespace whose rules to watch, default this one; may be repeated',
      collect,
    )
    .option('--json', 'one JSON object per line (docs/schema/rules.schema.json)')
    .option('--duration <time>', 'stop after 10 (seconds), 500ms, 2m …', parseDuration)
    .option('--limit <n>', 'stop after n packets', parseCount)
    .option(
      '--allow-changes',
      'also trace legacy iptables, by TRACE rules in its raw table that are taken back at the end',
    );
  examples(command, [
    ["netwhy rules 'tcp and dst port 8100'", 'which rules these packets meet, and which one drops them'],
    [
      "netwhy rules 'host 192.0.2.7' --netns web",
      'in namespace web (also a container, a process number, a path)',
    ],
    ["netwhy rules 'udp port 53' --netns all --limit 1", 'the first such packet, wherever it is'],
    ['netwhy rules icmp --json | jq \'select(.verdict == "drop") | .decidedBy\'', 'for other programs'],
  ]);
}

async function run(
  args: readonly string[],
  raw: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<number> {
  const options = raw as unknown as RulesOptions;
  const end = await runRules(runOf(args.join(' '), options, context), sinkOf(options, context), context.stop);
  if (options.json) context.out.write(ruleJson(end));
  context.err.write(rulesSummary(end, styleOf(context.err.color)));
  return EXIT.ok;
}

function runOf(text: string, options: RulesOptions, { err }: Context): RulesRun {
  const machine = new Machine();
  const { filter, note } = text === '' ? { filter: undefined, note: undefined } : compileFilter(text);
  if (note) err.write(`netwhy: ${note}\n`);
  return {
    places: placesOf(options.netns, machine),
    allowChanges: options.allowChanges === true,
    ...(filter ? { filter } : {}),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.duration === undefined ? {} : { durationMs: options.duration }),
  };
}

/** Namespaces by their names; "all" for every one; none for the one that this process is in. */
export function placesOf(names: readonly string[] | undefined, machine: Machine): Netns[] {
  if (names === undefined) return [resolveNetns(String(process.pid), machine.namespaces)];
  if (names.includes('all')) return machine.namespaces.all();
  return names.map(name => resolveNetns(name, machine.namespaces));
}

function sinkOf({ json }: RulesOptions, { out, err }: Context): RulesSink {
  const lines = gathered(out);
  const style = styleOf(out.color);
  return {
    announce: change => err.write(`netwhy: ${change}\n`),
    ready: (watched, missing) => {
      const places = [...new Set(watched.map(({ place }) => place.name))];
      const some = watched.some(({ limited }) => limited) ? ' (some of them, when they are many)' : '';
      err.write(`netwhy: watching the rules of ${places.join(', ')}${some}; Ctrl-C ends\n`);
      for (const { what, why, instead } of missing) err.write(`netwhy: ${what}: ${why}\n  ${instead}\n`);
    },
    trace: trace => lines.add(json ? ruleJson(trace) : ruleBlock(trace, style)),
    flush: lines.flush,
  };
}
