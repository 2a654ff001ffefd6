import type { JourneyHop, StageRun } from './journey.ts';

/** Collapses steps: neighbours of one stage and one sk_buff become one run. */
export function stageRuns(steps: readonly JourneyHop[]): readonly StageRun[] {
  const runs: { stage: StageRun['stage']; skb: string; from: number; to: number }[] = [];
  steps.forEach(({ hop }, at) => {
    const last = runs.at(-1);
    if (last && last.stage === hop.stage && last.skb === hop.skb) last.to = at + 1;
    else runs.push({ stage: hop.stage, skb: hop.skb, from: at, to: at + 1 });
  });
  return runs;
}
