import type { Command } from 'commander';
import { commandPrefix } from '../../collect/index.ts';
import type { ConntrackHealth } from '../../events/index.ts';
import { conntrackJson, conntrackText, notrackText, styleOf } from '../../render/index.ts';
import { Machine, notrackRules, parseNotrackPort, runConntrack } from '../../session/index.ts';
import { type CommandSpec, type Context, EXIT, examples } from '../command.ts';
import { collect, parseCount } from '../options/count.ts';
import { parseDuration } from '../options/duration.ts';
import { placesOf } from './rules.ts';

interface ConntrackOptions {
  readonly netns?: readonly string[];
  readonly watch?: boolean;
  readonly json?: boolean;
  readonly notrack?: string;
  readonly interval: number;
  readonly rows: number;
  readonly entries: boolean;
}

export const conntrack: CommandSpec = { configure, run };

const WIDEST = 110;
const NARROWEST = 60;

function configure(command: Command): void {
  command
    .option(
      '--netns <name|inode|pid|all>',
      'the network namespace whose table to judge, default all; may be repeated',
      collect,
    )
    .option('--watch', 'judge again after every interval, until Ctrl-C')
    .option('--interval <time>', 'how long to count', parseDuration, 2000)
    .option('--rows <n>', 'rows of each list', parseCount, 5)
    .option('--no-entries', 'do not look at the entries: quicker for large tables')
    .option(
      '--notrack <port[/proto]>',
      'print the rules that keep a port out of the table; nothing is changed',
    )
    .option('--json', 'one JSON object per table and interval (docs/schema/conntrack.schema.json)');
  examples(command, [
    ['netwhy conntrack', 'is a connection table full, who fills it, what to change'],
    ['netwhy conntrack --netns web --watch', 'go on watching one namespace'],
    ['netwhy conntrack --notrack 53/udp', 'rules for DNS without tracking, iptables and nft, IPv4 and IPv6'],
    [
      "netwhy conntrack --json | jq '.moved.drop'",
      'for other programs; exit code 0 healthy, 1 problem, 3 blind',
    ],
  ]);
}

async function run(
  _args: readonly string[],
  raw: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<number> {
  const options = raw as unknown as ConntrackOptions;
  const machine = new Machine();
  if (options.notrack !== undefined) return printNotrack(options.notrack, options, machine, context);
  let problem = false;
  const places = placesOf(options.netns ?? ['all'], machine);
  await runConntrack(
    {
      places,
      intervalMs: options.interval,
      watch: options.watch === true,
      entries: options.entries,
      rows: options.rows,
    },
    tables => {
      problem = tables.some(({ findings }) => findings.some(({ level }) => level === 'problem'));
      print(tables, options, context);
    },
    context.stop,
  );
  return problem ? EXIT.problem : EXIT.ok;
}

function print(
  tables: readonly ConntrackHealth[],
  { json, netns }: ConntrackOptions,
  { out }: Context,
): void {
  const style = styleOf(out.color);
  const columns = Math.min(WIDEST, Math.max(NARROWEST, out.columns()));
  if (json) {
    out.write(tables.map(conntrackJson).join(''));
    return;
  }
  // Empty tables of namespaces that nobody asked for are no news.
  const told = netns === undefined ? tables.filter(isNews) : tables;
  const hidden = tables.length - told.length;
  out.write(told.map(table => conntrackText(table, { style, columns })).join('\n'));
  if (hidden > 0)
    out.write(
      style.dim(
        `${told.length > 0 ? '\n' : ''}${hidden} more ${hidden === 1 ? 'table is' : 'tables are'} empty and healthy.\n`,
      ),
    );
}

function isNews({ count, findings }: ConntrackHealth): boolean {
  return count > 0 || findings.length > 0;
}

function printNotrack(
  text: string,
  { netns, json }: ConntrackOptions,
  machine: Machine,
  { out }: Context,
): number {
  const port = parseNotrackPort(text);
  const rules = notrackRules(port);
  const [place] = placesOf(netns, machine);
  const prefix = place === undefined ? '' : commandPrefix(place);
  if (json) out.write(`${JSON.stringify({ type: 'notrack', ...port, prefix, rules })}\n`);
  else out.write(notrackText(text, rules, prefix, styleOf(out.color)));
  return EXIT.ok;
}
