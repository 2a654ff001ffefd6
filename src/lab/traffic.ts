import { setTimeout as delay } from 'node:timers/promises';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';
import type { Tally } from './story.ts';

const PAUSE_MS = 60;
const TRIES = 4;

/** Exchanges one after the other until it is stopped. */
export class Traffic {
  private readonly scenario: Scenario;
  private readonly stage: Stage;
  private readonly running: Promise<void>;
  private over = false;
  private tried = 0;
  private passed = 0;
  private problem = '';

  constructor(scenario: Scenario, stage: Stage) {
    this.scenario = scenario;
    this.stage = stage;
    this.running = this.loop();
  }

  async stop(): Promise<Tally> {
    this.over = true;
    await this.running;
    const { tried, passed, problem } = this;
    return { tried, passed, problem };
  }

  private async loop(): Promise<void> {
    while (!this.over) {
      const result = await this.scenario.exchange(this.stage);
      this.tried++;
      if (result === 'ok') this.passed++;
      else this.problem = result;
      await delay(PAUSE_MS);
    }
  }
}

/** Whether an exchange passes, in some tries: what is on its way from before may still fail. */
export async function passes(scenario: Scenario, stage: Stage): Promise<boolean> {
  for (let i = 0; i < TRIES; i++) {
    if ((await scenario.exchange(stage)) === 'ok') return true;
    await delay(PAUSE_MS);
  }
  return false;
}
