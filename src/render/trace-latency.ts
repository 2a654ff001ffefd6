import type { Journey } from '../trail/index.ts';
import { Histogram } from './histogram.ts';
import { padTo, type Style } from './style.ts';
import { linesOf, type StageLine } from './trace-lines.ts';
import { livesOf } from './trace-lives.ts';
import { durationText } from './trace-time.ts';

/** Time between entering one stage and entering the next, over all packets. */
export interface StageLatency {
  readonly type: 'stage-latency';
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly p50Ns: number;
  readonly p90Ns: number;
  readonly p99Ns: number;
  readonly maxNs: number;
}

/** Pairs of stages that are told apart; what is beyond goes into one row. */
const MOST_PAIRS = 256;
const OTHER = 'other pairs';
const WHOLE = ['first hop', 'last hop'] as const;

/** Counts the times between stages; bounded, however long it runs. */
export class LatencyTable {
  private readonly pairs: Map<string, Histogram> = new Map();
  private readonly most: number;

  constructor(most: number = MOST_PAIRS) {
    this.most = most;
  }

  add(journey: Journey): void {
    for (const life of livesOf(journey)) this.addLines(linesOf(life).filter(line => line.kind === 'stage'));
    this.count(WHOLE.join('\t'), journey.end.durationNs);
  }

  rows(): readonly StageLatency[] {
    return [...this.pairs].map(([key, histogram]) => {
      const [from = '', to = ''] = key.split('\t');
      return {
        type: 'stage-latency',
        from,
        to,
        count: histogram.count,
        p50Ns: histogram.quantile(0.5),
        p90Ns: histogram.quantile(0.9),
        p99Ns: histogram.quantile(0.99),
        maxNs: histogram.max,
      };
    });
  }

  private addLines(lines: readonly StageLine[]): void {
    lines.forEach((line, at) => {
      const next = lines[at + 1];
      if (next) this.count(`${nameOf(line)}\t${nameOf(next)}`, next.hop.ts - line.hop.ts);
    });
  }

  private count(key: string, ns: number): void {
    const known = this.pairs.has(key) || this.pairs.size < this.most;
    const name = known ? key : `${OTHER}\t`;
    let histogram = this.pairs.get(name);
    if (!histogram) {
      histogram = new Histogram();
      this.pairs.set(name, histogram);
    }
    histogram.add(ns);
  }
}

function nameOf({ label, hook }: StageLine): string {
  return hook === null ? label : `${label} ${hook}`;
}

/** The table at the end of `--latency`: the slowest pair first, the whole way last. */
export function latencyText(rows: readonly StageLatency[], style: Style): string {
  const whole = rows.filter(({ from }) => from === WHOLE[0]);
  const sorted = rows.filter(row => !whole.includes(row)).sort((a, b) => b.p50Ns - a.p50Ns);
  const names = [...sorted, ...whole].map(({ from, to }) => (to === '' ? from : `${from} → ${to}`));
  const width = Math.max(5, ...names.map(name => name.length));
  const head = `${padTo('STAGE → NEXT STAGE', width)} ${['COUNT', 'P50', 'P90', 'P99', 'MAX'].map(name => name.padStart(9)).join(' ')}`;
  const lines = [...sorted, ...whole].map(({ count, p50Ns, p90Ns, p99Ns, maxNs }, index) => {
    const times = [p50Ns, p90Ns, p99Ns, maxNs].map(ns => durationText(ns).padStart(9)).join(' ');
    return `${padTo(names[index]!, width)} ${String(count).padStart(9)} ${times}`;
  });
  return `${[style.bold(head), ...lines].join('\n')}\n`;
}
