import type { FoundCause } from '../diagnose/index.ts';
import { ran } from './run-command.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';
import type { Step, Story } from './story.ts';

export interface Cure {
  readonly steps: readonly Step[];
  /** The command or advice after which the traffic passed; null when none helped. */
  readonly curedBy: string | null;
}

export interface Patient {
  readonly scenario: Scenario;
  readonly stage: Stage;
  /** What changes the whole machine may be run. */
  readonly hostWide: boolean;
  readonly story: Story;
  /** Whether it is cured. */
  readonly works: () => Promise<boolean>;
}

/** Runs what the verdict prints, in its order, until the traffic passes again. */
export async function cure(cause: FoundCause, patient: Patient): Promise<Cure> {
  const { scenario, stage, hostWide, story, works } = patient;
  const steps: Step[] = [];
  for (const advice of cause.advice) {
    const step = await take(advice, scenario, stage, hostWide);
    steps.push(step);
    story.step(step);
    const done = step.how === 'ran' || step.how === 'heeded';
    if (done && (await works())) return { steps, curedBy: advice.run };
  }
  return { steps, curedBy: null };
}

async function take(
  { run, hostWide }: FoundCause['advice'][number],
  scenario: Scenario,
  stage: Stage,
  allowed: boolean,
): Promise<Step> {
  if (run.startsWith('#')) return heed(run, scenario, stage);
  if (hostWide && !allowed)
    return {
      run,
      how: 'skipped',
      says: 'it changes the whole machine: run in a VM, or with --allow-changes',
    };
  const { code, text } = ran('sh', ['-c', run]);
  return { run, how: code === 0 ? 'ran' : 'failed', says: lastLine(text) };
}

async function heed(run: string, { heed }: Scenario, stage: Stage): Promise<Step> {
  if (heed === undefined) return { run, how: 'skipped', says: 'advice for a person' };
  await heed(stage);
  return { run, how: 'heeded', says: 'done by the lab' };
}

const LONGEST = 200;

/** Of what a command said: the last line, where tools put their result. */
function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
