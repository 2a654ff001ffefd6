import { NetwhyError } from '../base/index.ts';
import type { Verdict } from '../diagnose/index.ts';
import { compileFilter, installCommand, kernelVersion, toolPath } from '../kernel/index.ts';
import { type Machine, runWhy, type WhyRequest } from '../session/index.ts';
import { cure } from './cure.ts';
import type { Family, Scenario } from './scenario.ts';
import { slowness } from './slowness.ts';
import type { Stage } from './stage.ts';
import type { Step, Story, Tally } from './story.ts';
import { passes, Traffic } from './traffic.ts';

export interface LabRun {
  readonly family: Family;
  /** Namespaces stay. */
  readonly keep: boolean;
  /** What changes the whole machine may be run. */
  readonly hostWide: boolean;
}

/** What was seen; null: not tried, `reason` says why. */
export interface LabReport {
  readonly type: 'lab';
  readonly time: string;
  readonly id: string;
  readonly family: Family;
  readonly kernel: string;
  readonly causeFirst: boolean | null;
  readonly fixCures: boolean | null;
  readonly healthySilent: boolean | null;
  /** Why a cell is not true. */
  readonly reason: string | null;
  /** The causes that were named, the first first. */
  readonly named: readonly string[];
  readonly says: string | null;
  readonly sure: string | null;
  readonly steps: readonly Step[];
  readonly curedBy: string | null;
  readonly seconds: number;
  /** From the end of the broken twin's watch to its verdict. */
  readonly verdictMs: number | null;
  readonly broken: Verdict | null;
}

const HEALTHY_MS = 1200;
const BROKEN_MS = 2500;

/** Plays a scenario from the healthy twin to the cure. What fails on the way is in the report, not thrown. */
export async function runScenario(
  scenario: Scenario,
  machine: Machine,
  run: LabRun,
  story: Story,
  stop: AbortSignal,
): Promise<LabReport> {
  const started = performance.now();
  let report = emptyReport(scenario, run);
  try {
    for await (const part of play(scenario, machine, run, story, stop)) report = { ...report, ...part };
  } catch (error) {
    if (!(error instanceof NetwhyError)) throw error;
    report = { ...report, reason: error.message };
  }
  return { ...report, seconds: Math.round(performance.now() - started) / 1000 };
}

function emptyReport({ id }: Scenario, { family }: LabRun): LabReport {
  return {
    ...{ type: 'lab', time: new Date().toISOString(), id, family, kernel: kernelVersion().release },
    ...{
      causeFirst: null,
      fixCures: null,
      healthySilent: null,
      reason: null,
      named: [],
      says: null,
      sure: null,
    },
    ...{ steps: [], curedBy: null, seconds: 0, verdictMs: null, broken: null },
  };
}

type Part = Partial<LabReport>;

async function* play(
  scenario: Scenario,
  machine: Machine,
  run: LabRun,
  story: Story,
  stop: AbortSignal,
): AsyncGenerator<Part> {
  const lacking = scenario.tools?.find(tool => toolPath(tool) === undefined);
  if (lacking !== undefined)
    return yield { reason: `${lacking} is not installed: ${installCommand([lacking])}` };
  const stage = scenario.build(run.family, run.keep);
  using _world = stage.world;
  await scenario.setUp?.(stage);
  const impossible = scenario.impossible?.(stage);
  if (impossible !== undefined) return yield { reason: impossible };
  story.begin(scenario, stage);
  const watch = { scenario, machine, stage, story, stop };
  yield await healthyTwin(watch);
  await scenario.breakIt(stage);
  story.broken(scenario);
  const { verdict, part } = await brokenTwin(watch);
  yield part;
  yield await cureIt(watch, verdict, run);
}

interface Watch {
  readonly scenario: Scenario;
  readonly machine: Machine;
  readonly stage: Stage;
  readonly story: Story;
  readonly stop: AbortSignal;
}

async function healthyTwin(watch: Watch): Promise<Part> {
  const { scenario, stage, story } = watch;
  if (!(await passes(scenario, stage)))
    throw new NetwhyError(`the healthy twin does not work: ${await scenario.exchange(stage)}`);
  const { tally, verdict } = await judged(watch, HEALTHY_MS * slowness());
  story.healthy(tally, verdict);
  const silent = verdict.verdict === 'healthy' && tally.passed === tally.tried;
  if (silent) return { healthySilent: true };
  return { healthySilent: false, reason: `healthy twin: ${tally.problem || toldOf(verdict)}` };
}

async function brokenTwin(watch: Watch): Promise<{ verdict: Verdict; part: Part }> {
  const { scenario, stage, story } = watch;
  const ms = (scenario.watchMs ?? BROKEN_MS) * slowness();
  story.watching(scenario.filter(stage), ms / 1000);
  const { tally, verdict, verdictMs } = await judged(watch, ms);
  story.traffic(tally);
  story.verdict(verdict);
  const first = verdict.causes[0];
  const causeFirst = first?.id === scenario.id;
  const named = verdict.causes.map(({ id }) => id);
  const part = {
    causeFirst,
    named,
    says: first?.says ?? null,
    verdictMs,
    sure: first?.sure ?? null,
    broken: verdict,
  };
  if (tally.passed === tally.tried && !scenario.silent)
    return {
      verdict,
      part: { ...part, causeFirst: false, reason: 'what was broken does not show: all exchanges passed' },
    };
  return { verdict, part: causeFirst ? part : { ...part, reason: `broken twin: ${toldOf(verdict)}` } };
}

async function cureIt(watch: Watch, verdict: Verdict, { hostWide }: LabRun): Promise<Part> {
  const { scenario, stage, story } = watch;
  const cause = verdict.causes.find(({ id }) => id === scenario.id);
  if (cause === undefined) return { fixCures: false };
  if (cause.advice.length === 0 && cause.sure === 'certain') {
    await scenario.heed?.(stage);
    const mended = await works(watch);
    return {
      fixCures: null,
      reason: `no fix is printed, because nothing here is broken; mended outside: ${mended}`,
    };
  }
  const { steps, curedBy } = await cure(cause, {
    scenario,
    stage,
    hostWide,
    story,
    works: () => works(watch),
  });
  story.cured(curedBy !== null, curedBy);
  return { steps, curedBy, fixCures: curedBy !== null };
}

/** The traffic passes; where it never failed, nothing is wrong any more. */
async function works(watch: Watch): Promise<boolean> {
  const { scenario, stage } = watch;
  if (!(await passes(scenario, stage))) return false;
  return (
    scenario.silent !== true || (await judged(watch, HEALTHY_MS * slowness())).verdict.verdict === 'healthy'
  );
}

/** Why, as a user would ask, while the traffic goes on. */
async function judged(
  { scenario, machine, stage, stop }: Watch,
  durationMs: number,
): Promise<{ tally: Tally; verdict: Verdict; verdictMs: number }> {
  const text = scenario.filter(stage);
  const request: WhyRequest = { filter: compileFilter(text).filter, filterText: text, durationMs };
  let traffic: Traffic | undefined;
  let end = 0;
  const ready = (): void => {
    traffic = new Traffic(scenario, stage);
    end = performance.now() + durationMs;
  };
  const verdict = await runWhy(machine, request, { ready }, stop);
  const verdictMs = Math.round(performance.now() - end);
  return { tally: await traffic!.stop(), verdict, verdictMs };
}

function toldOf({ verdict, causes, unexplained }: Verdict): string {
  const odd = unexplained.map(({ kind, reason, where }) => `${kind} ${reason} at ${where.function}`);
  return [verdict, ...causes.map(({ id, sure }) => `${id} (${sure})`), ...odd.slice(0, 3)].join(', ');
}
