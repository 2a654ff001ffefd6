import { isUnavailable, type Unavailable } from '../../base/index.ts';
import { LegacyTrace, NftTrace, type Place, type RuleWatch, rulesThatCounted } from '../../collect/index.ts';
import type { RulesEnd, RuleTrace, RuleVerdict } from '../../events/index.ts';
import type { PacketFilter } from '../../filter/index.ts';
import { timeText } from '../../kernel/index.ts';
import { pollUntil } from '../poll.ts';

export interface RulesRun {
  readonly places: readonly Place[];
  /** Absent: every packet, some of them where they are many. */
  readonly filter?: PacketFilter;
  readonly limit?: number;
  readonly durationMs?: number;
  /** A TRACE rule may be put into the raw table of legacy iptables. */
  readonly allowChanges: boolean;
}

/** What is being watched. */
export interface WatchedRules {
  readonly place: Place;
  readonly backend: RuleTrace['backend'];
  /** True when only some of many packets are traced. */
  readonly limited: boolean;
  /** What was put into the rules and goes again. */
  readonly change: string;
}

/** Where a run's blocks go. */
export interface RulesSink {
  /** Said before anything is changed in a rule set that others own. */
  announce?(change: string): void;
  ready?(watched: readonly WatchedRules[], missing: readonly Unavailable[]): void;
  trace?(trace: RuleTrace): void;
  flush?(): void;
}

/** Watches until told to stop and returns the account. Throws the first Unavailable when nothing can be watched. */
export async function runRules(run: RulesRun, sink: RulesSink, stop: AbortSignal): Promise<RulesEnd> {
  const tally = new Tally(run, sink);
  const { watches, missing } = await startAll(run, sink, tally);
  try {
    if (watches.length === 0) throw missing[0];
    sink.ready?.(watches.map(watchedOf), missing);
    const started = performance.now();
    const elapsed = (): number => performance.now() - started;
    const look = (): number => {
      for (const watch of watches) watch.poll();
      if (tally.fresh > 0) sink.flush?.();
      return tally.takeFresh();
    };
    await pollUntil(
      look,
      () => tally.full || elapsed() >= (run.durationMs ?? Number.POSITIVE_INFINITY),
      stop,
    );
    const seconds = Math.round(elapsed()) / 1000;
    for (const watch of watches) await watch.stop();
    sink.flush?.();
    const why = whyOf(tally, stop);
    const moved = watches.flatMap(watch => rulesThatCounted(watch));
    const lost = watches.reduce((sum, watch) => sum + watch.lost, 0);
    const { events, verdicts } = tally;
    return { type: 'end', time: timeText(Date.now()), events, verdicts, lost, seconds, why, moved, missing };
  } finally {
    for (const watch of watches) watch[Symbol.dispose]();
  }
}

interface Started {
  readonly watches: RuleWatch[];
  readonly missing: Unavailable[];
}

async function startAll(run: RulesRun, sink: RulesSink, tally: Tally): Promise<Started> {
  const started: Started = { watches: [], missing: [] };
  for (const place of run.places)
    for (const one of await startIn(place, run, sink, tally)) {
      if (isUnavailable(one)) started.missing.push(one);
      else started.watches.push(one);
    }
  return started;
}

async function startIn(
  place: Place,
  { filter, allowChanges }: RulesRun,
  sink: RulesSink,
  tally: Tally,
): Promise<(RuleWatch | Unavailable)[]> {
  const options = { onTrace: tally.pass, ...(filter ? { filter } : {}) };
  const legacy = LegacyTrace.needed(place);
  const both = [await NftTrace.start(place, options)];
  if (!legacy) return both;
  if (!allowChanges) return [...both, LegacyTrace.notAllowed(place)];
  sink.announce?.(LegacyTrace.announcement(place, filter?.text ?? ''));
  return [...both, await LegacyTrace.start(place, options)];
}

function watchedOf({ place, backend, limited, change }: RuleWatch): WatchedRules {
  return { place, backend, limited, change };
}

function whyOf(tally: Tally, stop: AbortSignal): RulesEnd['why'] {
  if (tally.full) return 'limit';
  if (!stop.aborted) return 'duration';
  return stop.reason === 'the reader closed the pipe' ? 'pipe closed' : 'stopped';
}

/** Lets blocks through until the limit. */
class Tally {
  events = 0;
  fresh = 0;
  readonly verdicts: Partial<Record<RuleVerdict, number>> = {};
  private readonly limit: number;
  private readonly sink: RulesSink;

  constructor(run: RulesRun, sink: RulesSink) {
    this.limit = run.limit ?? Number.POSITIVE_INFINITY;
    this.sink = sink;
  }

  get full(): boolean {
    return this.events >= this.limit;
  }

  takeFresh(): number {
    const { fresh } = this;
    this.fresh = 0;
    return fresh;
  }

  readonly pass = (trace: RuleTrace): void => {
    if (this.full) return;
    this.events++;
    this.fresh++;
    this.verdicts[trace.verdict] = (this.verdicts[trace.verdict] ?? 0) + 1;
    this.sink.trace?.(trace);
  };
}
