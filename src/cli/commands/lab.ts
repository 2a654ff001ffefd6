import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { UsageError, unavailable } from '../../base/index.ts';
import { causeOf } from '../../diagnose/index.ts';
import {
  type LabReport,
  type LabRun,
  runScenario,
  SCENARIOS,
  type Scenario,
  scenarioOf,
  silentStory,
} from '../../lab/index.ts';
import { styleOf } from '../../render/index.ts';
import { cleanLeftovers, Machine } from '../../session/index.ts';
import { hasCapability } from '../../sys/index.ts';
import { type CommandSpec, type Context, EXIT, examples } from '../command.ts';
import { labList, labSummary } from '../lab/lab-text.ts';
import { tellingStory } from '../lab/telling-story.ts';
import { suggest } from '../suggest.ts';

interface LabOptions {
  readonly all?: boolean;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly ipv6?: boolean;
  readonly allowChanges?: boolean;
}

export const lab: CommandSpec = { configure, run };

/** What `netwhy`'s own virtual machines have. */
const VM_MARK = '/run/netwhy-vm';

function configure(command: Command): void {
  command
    .argument('<action>', 'list, or run')
    .argument('[id...]', 'scenarios: names of causes, or conntrack-full')
    .option('--all', 'run every scenario')
    .option('--keep', 'leave the namespaces as they are at the end')
    .option('--json', 'one JSON object per scenario')
    .option('--ipv6', 'the IPv6 form')
    .option(
      '--allow-changes',
      'also run fixes that change the whole machine (done by itself in a netwhy VM)',
    );
  examples(command, [
    ['sudo netwhy lab run conntrack-full', 'a full connection table: broken, explained, cured'],
    ['netwhy lab list', 'all scenarios'],
    ['sudo netwhy lab run --all --json', 'every cause on this kernel, for other programs'],
    ['sudo netwhy lab run rp-filter-strict --keep', 'and look around afterwards'],
  ]);
}

async function run(
  args: readonly string[],
  raw: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<number> {
  const options = raw as LabOptions;
  const [action, ...names] = args;
  if (action === 'list') return list(options, context);
  if (action !== 'run') throw new UsageError(`lab has no action "${action}"`, 'list or run');
  const chosen = options.all ? SCENARIOS : names.map(find);
  if (chosen.length === 0)
    throw new UsageError('which scenario?', 'netwhy lab list shows them; --all runs them all');
  if (!hasCapability('CAP_SYS_ADMIN') || !hasCapability('CAP_NET_ADMIN'))
    throw unavailable('the lab', 'it makes network namespaces, which this user may not', 'run it with sudo');
  cleanLeftovers();
  return runAll(chosen, options, context);
}

function find(name: string): Scenario {
  const scenario = scenarioOf(name, SCENARIOS);
  if (scenario) return scenario;
  const known = SCENARIOS.flatMap(({ id, aliases }) => [id, ...(aliases ?? [])]);
  throw new UsageError(`there is no scenario "${name}"`, suggest(name, known));
}

function list({ json }: LabOptions, { out }: Context): number {
  const rows = SCENARIOS.map(({ id, aliases, families, breaks }) => ({
    ...{ id, aliases: aliases ?? [], title: causeOf(id)?.title ?? id, families, breaks },
  }));
  out.write(
    json
      ? rows.map(row => `${JSON.stringify({ type: 'scenario', ...row })}\n`).join('')
      : labList(rows, styleOf(out.color)),
  );
  return EXIT.ok;
}

async function runAll(chosen: readonly Scenario[], options: LabOptions, context: Context): Promise<number> {
  const { out, stop } = context;
  const machine = new Machine();
  const reports: LabReport[] = [];
  for (const scenario of chosen) {
    if (stop.aborted) break;
    const report = await runOne(scenario, machine, options, context);
    if (report === undefined) continue;
    reports.push(report);
    if (options.json) out.write(`${JSON.stringify(report)}\n`);
  }
  if (!options.json) out.write(labSummary(reports, styleOf(out.color)));
  return reports.every(isWhole) ? EXIT.ok : EXIT.problem;
}

async function runOne(
  scenario: Scenario,
  machine: Machine,
  options: LabOptions,
  { out, stop }: Context,
): Promise<LabReport | undefined> {
  const family = options.ipv6 ? 'ipv6' : 'ipv4';
  if (!scenario.families.includes(family)) return undefined;
  const run: LabRun = {
    ...{ family, keep: options.keep === true },
    hostWide: options.allowChanges === true || existsSync(VM_MARK),
  };
  const columns = Math.min(140, Math.max(70, out.columns()));
  const story = options.json ? silentStory : tellingStory(out, { style: styleOf(out.color), columns });
  return runScenario(scenario, machine, run, story, stop);
}

function isWhole({ causeFirst, fixCures, healthySilent }: LabReport): boolean {
  return causeFirst === true && fixCures === true && healthySilent === true;
}
