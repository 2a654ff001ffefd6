import { type DropsTotals, DropsWatch, type WatchOptions } from '../../collect/index.ts';
import type { DropCount, DropEvent, DropsEnd } from '../../events/index.ts';
import { timeText } from '../../kernel/index.ts';
import type { Machine } from '../machine.ts';
import { pollUntil } from '../poll.ts';

/** Where a run's events go. */
export interface DropSink {
  /** The probe is attached. */
  ready?(watch: { readonly hasReason: boolean }): void;
  drop?(drop: DropEvent): void;
  /** After every look at the buffer: print what was gathered. */
  flush?(): void;
  /** In counting mode, every `everyMs`. */
  counts?(counts: readonly DropCount[], totals: DropsTotals): void;
}

export interface DropsRun {
  readonly watch: WatchOptions;
  /** Benign drops are passed on, not only counted. */
  readonly all: boolean;
  readonly limit?: number;
  readonly durationMs?: number;
  /** Counting mode: between two calls of `counts`. */
  readonly everyMs?: number;
}

/** Watches until told to stop and returns the account. Throws what DropsWatch throws. */
export async function runDrops(
  machine: Machine,
  run: DropsRun,
  sink: DropSink,
  stop: AbortSignal,
): Promise<DropsEnd> {
  using watch = new DropsWatch(run.watch);
  const gate = new Gate(run, sink);
  const started = performance.now();
  const elapsed = (): number => performance.now() - started;
  sink.ready?.(watch);
  const look = lookOf(machine, watch, gate, run, sink);
  await pollUntil(look, () => gate.full || elapsed() >= (run.durationMs ?? Number.POSITIVE_INFINITY), stop);
  const seconds = elapsed() / 1000;
  watch.detach();
  watch.poll(gate.pass);
  sink.flush?.();
  const totals = watch.totals();
  if (run.watch.mode === 'counts') sink.counts?.(gate.count(watch.counts()), totals);
  return {
    type: 'end',
    time: timeText(machine.clock.wallTimeOf(machine.clock.now())),
    events: gate.events,
    lost: totals.lost,
    hiddenBenign: gate.hidden,
    seen: totals.seen,
    why: whyOf(gate, stop),
    seconds: Math.round(seconds * 1000) / 1000,
  };
}

/** One look: take what is there, print it; in counting mode hand out the counts when their time has come. */
function lookOf(
  machine: Machine,
  watch: DropsWatch,
  gate: Gate,
  run: DropsRun,
  sink: DropSink,
): () => number {
  let next = performance.now() + (run.everyMs ?? Number.POSITIVE_INFINITY);
  return () => {
    machine.clock.check();
    const taken = watch.poll(gate.pass);
    if (taken > 0) sink.flush?.();
    if (performance.now() < next) return taken;
    next += run.everyMs!;
    sink.counts?.(gate.count(watch.counts()), watch.totals());
    return taken;
  };
}

function whyOf(gate: Gate, stop: AbortSignal): DropsEnd['why'] {
  if (gate.full) return 'limit';
  if (!stop.aborted) return 'duration';
  return stop.reason === 'the reader closed the pipe' ? 'pipe closed' : 'stopped';
}

/** Lets events through until the limit, and keeps benign ones back. */
class Gate {
  events = 0;
  hidden = 0;
  private readonly all: boolean;
  private readonly limit: number;
  private readonly sink: DropSink;

  constructor(run: DropsRun, sink: DropSink) {
    this.all = run.all;
    this.limit = run.limit ?? Number.POSITIVE_INFINITY;
    this.sink = sink;
  }

  get full(): boolean {
    return this.events >= this.limit;
  }

  readonly pass = (drop: DropEvent): void => {
    if (this.full) return;
    if (drop.benign && !this.all) {
      this.hidden++;
      return;
    }
    this.events++;
    this.sink.drop?.(drop);
  };

  /** Counting mode: the totals are the map's, so each call starts over. */
  count(counts: readonly DropCount[]): readonly DropCount[] {
    const shown = counts.filter(row => this.all || !row.benign);
    this.events = sum(shown);
    this.hidden = sum(counts) - this.events;
    return shown;
  }
}

function sum(counts: readonly DropCount[]): number {
  return counts.reduce((total, { count }) => total + count, 0);
}
