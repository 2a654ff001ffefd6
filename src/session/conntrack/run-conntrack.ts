import { isUnavailable, type Unavailable, unavailable } from '../../base/index.ts';
import {
  type ConntrackState,
  conntrackDelta,
  conntrackState,
  cpusWith,
  deadColumns,
  dumpEntries,
  EntryTally,
  fillOf,
  NewConnections,
  type Place,
  type Reading,
  sumOf,
} from '../../collect/index.ts';
import type { ConntrackHealth, ConntrackTally } from '../../events/index.ts';
import { kernelVersion } from '../../kernel/index.ts';
import { pause } from '../poll.ts';
import { findingsOf } from './findings.ts';

export interface ConntrackRun {
  readonly places: readonly Place[];
  /** Length of an interval. */
  readonly intervalMs: number;
  /** Go on with another interval until stopped. */
  readonly watch: boolean;
  /** Look at every entry: two seconds for a quarter of a million. */
  readonly entries: boolean;
  /** Rows of each list. */
  readonly rows: number;
}

/** Judges the tables; `onHealth` gets all of them after each interval. Throws the first Unavailable when there is none. */
export async function runConntrack(
  run: ConntrackRun,
  onHealth: (tables: readonly ConntrackHealth[], missing: readonly Unavailable[]) => void,
  stop: AbortSignal,
): Promise<void> {
  do {
    const { tables, missing } = await interval(run, stop);
    if (tables.length === 0) throw missing[0] ?? nothingAsked();
    onHealth(tables, missing);
  } while (run.watch && !stop.aborted);
}

function nothingAsked(): Unavailable {
  return unavailable('conntrack', 'no network namespace was found', 'run it on the machine itself, as root');
}

interface Outcome {
  readonly tables: readonly ConntrackHealth[];
  readonly missing: readonly Unavailable[];
}

interface Begun {
  readonly place: Place;
  readonly before: Reading<ConntrackState>;
  readonly counting: NewConnections | Unavailable;
}

async function interval(run: ConntrackRun, stop: AbortSignal): Promise<Outcome> {
  const missing: Unavailable[] = [];
  const begun = run.places.flatMap(place => begin(place, missing));
  const started = performance.now();
  try {
    if (begun.length > 0) await pause(run.intervalMs, stop);
    const seconds = (performance.now() - started) / 1000;
    const tables: ConntrackHealth[] = [];
    for (const one of begun) {
      const health = await healthOf(one, run, seconds);
      if (isUnavailable(health)) missing.push(health);
      else tables.push(health);
    }
    return { tables, missing };
  } finally {
    for (const { counting } of begun) if (!isUnavailable(counting)) counting[Symbol.dispose]();
  }
}

/** A namespace where nothing is tracked has no table to judge. */
function begin(place: Place, missing: Unavailable[]): Begun[] {
  const before = conntrackState(place);
  if (!isUnavailable(before)) return [{ place, before, counting: NewConnections.watch(place) }];
  missing.push(before);
  return [];
}

async function healthOf(
  { place, before, counting }: Begun,
  run: ConntrackRun,
  seconds: number,
): Promise<ConntrackHealth | Unavailable> {
  const after = conntrackState(place);
  if (isUnavailable(after)) return after;
  const missing: Unavailable[] = [];
  const fresh = await newConnections(counting, missing);
  const tally = run.entries ? await tallyOf(place, run.rows, missing) : null;
  const { value } = after;
  const facts = {
    ...{ type: 'conntrack' as const, time: after.time, netns: place.inode, netnsName: place.name },
    ...{ count: value.count, max: value.max, buckets: value.buckets, fill: fillOf(value), seconds },
    ...movements(before.value, value, fresh),
    ...{ tally, missing },
  };
  const findings = findingsOf({ ...facts, sysctls: value.sysctls });
  return { ...facts, findings };
}

async function newConnections(
  counting: NewConnections | Unavailable,
  missing: Unavailable[],
): Promise<number | null> {
  if (isUnavailable(counting)) {
    missing.push(counting);
    return null;
  }
  const { problem } = counting;
  await counting.stop();
  if (problem === undefined) return counting.count;
  missing.push(problem);
  return null;
}

type Movements = Pick<ConntrackHealth, 'moved' | 'totals' | 'dropCpus'>;

function movements(before: ConntrackState, after: ConntrackState, fresh: number | null): Movements {
  if (before.stat === null || after.stat === null) return { moved: { new: fresh }, totals: {}, dropCpus: [] };
  const cpus = conntrackDelta(before.stat, after.stat);
  const columns = after.stat.columns.filter(name => name !== 'entries');
  const dead = deadColumns(columns, kernelVersion());
  const rows = columns.map(name => [name, dead.has(name) ? null : (sumOf(cpus, name) ?? null)] as const);
  const totals = columns
    .filter(name => !dead.has(name))
    .map(name => [name, sumOf(after.stat!.cpus, name) ?? 0]);
  const moved = Object.fromEntries(rows) as Record<string, number | null>;
  return {
    moved: { ...moved, new: moved.new ?? fresh },
    totals: Object.fromEntries(totals),
    dropCpus: cpusWith(cpus, 'drop'),
  };
}

async function tallyOf(place: Place, rows: number, missing: Unavailable[]): Promise<ConntrackTally | null> {
  const tally = new EntryTally();
  const total = await dumpEntries(place, entry => tally.add(entry));
  if (!isUnavailable(total)) return tally.result(rows);
  missing.push(total);
  return null;
}
