import { isUnavailable } from '../../base/index.ts';
import {
  type ConntrackState,
  conntrackDelta,
  dumpEntries,
  EntryTally,
  fillOf,
  type Place,
  type Reading,
  sumOf,
} from '../../collect/index.ts';
import { FACT_NAMES, type Fact } from '../../diagnose/index.ts';
import { sysctlNumber } from '../../kernel/index.ts';
import { factsOf, type Values } from './fact-maker.ts';

const COLUMNS: readonly string[] = FACT_NAMES.flatMap(
  name => /^ct\.(\w+)\.delta$/.exec(name)?.slice(1, 2) ?? [],
);

/** Fill of the table, how far its counters moved, and its settings. */
export function conntrackFacts(
  before: Reading<ConntrackState> | undefined,
  after: Reading<ConntrackState>,
): Fact[] {
  const { value, netns, netnsName, source, time } = after;
  const origin = { source: `${source} in ${netnsName}`, time };
  const state: Values = {
    'ct.count': value.count,
    'ct.max': value.max,
    'ct.buckets': value.buckets ?? undefined,
    'sysctl.tcp_be_liberal': value.sysctls.tcp_be_liberal,
    'sysctl.log_invalid': value.sysctls.log_invalid,
  };
  return factsOf({ ...state, ...movedOf(before?.value, value) }, { netns }, origin);
}

/** Where nothing tracks connections no counter of it can have moved: that is known, too. */
export function untrackedFacts({ inode, name }: Place, time: string): Fact[] {
  if (sysctlNumber('net.netfilter.nf_conntrack_max') !== undefined) return [];
  const values = Object.fromEntries(COLUMNS.map(column => [`ct.${column}.delta`, 0]));
  return factsOf(values, { netns: inode }, { source: `nf_conntrack is not loaded in ${name}`, time });
}

function movedOf(before: ConntrackState | undefined, { stat }: ConntrackState): Values {
  if (stat === null) return {};
  const none = { columns: stat.columns, entries: 0, cpus: [] };
  const moved = conntrackDelta(before?.stat ?? none, stat);
  return Object.fromEntries(COLUMNS.map(column => [`ct.${column}.delta`, sumOf(moved, column)]));
}

/** CPUs on which conntrack itself dropped packets. */
export function dropCpus(before: ConntrackState | undefined, after: ConntrackState): number[] {
  if (!before?.stat || !after.stat) return [];
  return conntrackDelta(before.stat, after.stat)
    .filter(({ counts }) => (counts.drop ?? 0) > 0)
    .map(({ cpu }) => cpu);
}

/** From here on it matters who fills the table. */
const NEARLY_FULL = 0.9;
/** Entries come in the order of their hashes: the first of them tell the shares of all. */
const SAMPLE = 20_000;

/** The source with the most entries, when the table is nearly full; of a large table estimated. */
export async function conntrackTopFacts(place: Place, state: Reading<ConntrackState>): Promise<Fact[]> {
  if (fillOf(state.value) < NEARLY_FULL) return [];
  const tally = new EntryTally();
  const total = await dumpEntries(place, entry => tally.add(entry), SAMPLE);
  const top = isUnavailable(total) ? undefined : tally.result(1).sources[0];
  if (top === undefined || isUnavailable(total)) return [];
  const entries = Math.round((top.count / total) * Math.max(total, state.value.count));
  const how = total < state.value.count ? `, estimated from ${total} entries` : '';
  const origin = { source: `conntrack -L in ${place.name}${how}`, time: new Date().toISOString() };
  return factsOf({ 'ct.top.source': top.key, 'ct.top.entries': entries }, { netns: place.inode }, origin);
}
