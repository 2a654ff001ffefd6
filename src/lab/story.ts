import type { Verdict } from '../diagnose/index.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

/** Exchanges that were tried while somebody watched. */
export interface Tally {
  readonly tried: number;
  readonly passed: number;
  /** What went wrong last; empty when nothing did. */
  readonly problem: string;
}

/** One command of the fix, and what became of it. */
export interface Step {
  readonly run: string;
  /** ran: as printed; heeded: an advice, followed by the lab; skipped: it would change the whole machine. */
  readonly how: 'ran' | 'heeded' | 'skipped' | 'failed';
  readonly says: string;
}

/** Who tells a scenario's course; each is called when it is so. */
export interface Story {
  begin(scenario: Scenario, stage: Stage): void;
  healthy(tally: Tally, verdict: Verdict): void;
  broken(scenario: Scenario): void;
  watching(filter: string, seconds: number): void;
  traffic(tally: Tally): void;
  verdict(verdict: Verdict): void;
  step(step: Step): void;
  cured(cured: boolean, by: string | null): void;
}

const nothing = (): void => undefined;

export const silentStory: Story = {
  begin: nothing,
  healthy: nothing,
  broken: nothing,
  watching: nothing,
  traffic: nothing,
  verdict: nothing,
  step: nothing,
  cured: nothing,
};
