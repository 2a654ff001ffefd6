import type { Unavailable } from '../../base/index.ts';
import type { Place } from '../../collect/index.ts';
import {
  counterSymptoms,
  type Evidence,
  type Fact,
  type Gap,
  joinIncidents,
  judge,
  type Symptom,
  unseenOf,
  type Verdict,
} from '../../diagnose/index.ts';
import type { Netns } from '../../kernel/index.ts';
import type { Machine } from '../machine.ts';
import { pollUntil } from '../poll.ts';
import { type Baseline, emptyBaseline, movedSince, takeBaseline } from './baseline.ts';
import { conntrackTopFacts, dropCpus } from './conntrack-facts.ts';
import { type StateRequest, stateOf } from './incident-state.ts';
import { lastingOnly } from './lasting-lookups.ts';
import { namespaceOf, placeOf, placesOf } from './places.ts';
import { retransmitFacts } from './signal-facts.ts';
import { withoutEchoes } from './signal-symptoms.ts';
import type { WhyRequest } from './why-request.ts';
import { WhyWatch } from './why-watch.ts';
import { xdpFacts, xdpUnseen } from './xdp.ts';

/** What the caller is told on the way. */
export interface WhySink {
  /** The probes are attached. */
  ready?(): void;
  /** Something is about to be changed, as it was allowed. */
  changes?(text: string): void;
}

/** Links and queues are read by two processes in each namespace: of this many. */
const MOST_WITH_TOOLS = 12;

/** Watches, reads, judges. Throws what DropsWatch throws when drops cannot be seen. */
export async function runWhy(
  machine: Machine,
  request: WhyRequest,
  sink: WhySink,
  stop: AbortSignal,
): Promise<Verdict> {
  return judge(await observe(machine, request, sink, stop));
}

/** Everything a judge is given, after a watch of `durationMs` or until `stop`. */
export async function observe(
  machine: Machine,
  request: WhyRequest,
  sink: WhySink,
  stop: AbortSignal,
): Promise<Evidence> {
  const before = baselinesOf(placesOf(machine, request));
  using watch = new WhyWatch(machine, request, text => sink.changes?.(text));
  const end = performance.now() + request.durationMs;
  sink.ready?.();
  await pollUntil(watch.poll, () => performance.now() >= end, stop);
  await pollUntil(watch.poll, () => !watch.rules.expects(performance.now(), end), stop);
  await watch.stop();
  // Awaited: the watch is open until everything was asked of it.
  return await gather(machine, request, watch, before);
}

type Baselines = ReadonlyMap<number, Baseline>;

function baselinesOf(places: readonly Netns[]): Baselines {
  return new Map(
    places.map((place, at) => [place.inode, takeBaseline(placeOf(place), at >= MOST_WITH_TOOLS)] as const),
  );
}

async function gather(
  machine: Machine,
  request: WhyRequest,
  watch: WhyWatch,
  before: Baselines,
): Promise<Evidence> {
  const time = new Date().toISOString();
  const concerned = concernedOf(machine, request, watch);
  const counted = concerned.map((place, at) => countedIn(place, at, before));
  const deltas = counted.flatMap(({ facts }) => facts);
  const nameOf = (inode: number): string | null => machine.namespaces.nameOf(inode) ?? null;
  const incidents = joinIncidents([...symptomsOf(machine, watch), ...counterSymptoms(deltas, nameOf)]);
  const state = stateOf({
    machine,
    watch,
    incidents,
    deltas,
    places: concerned,
    dropCpus: cpusOf(counted),
    legacy: legacyOf(counted),
  });
  const tops = await Promise.all(counted.map(one => topOf(one, incidents)));
  return {
    ...{ time, filter: request.filterText, incidents },
    facts: [
      ...deltas,
      ...state.facts,
      ...counted.flatMap(xdpFacts),
      ...tops.flat(),
      ...retransmitFacts(watch.signals, time),
    ],
    gaps: [...state.gaps, ...gapsOf(watch)],
    namespaces: machine.namespaces.all().map(namespaceOf),
    seen: { packets: watch.packets, dropped: watch.dropped, benign: watch.benign, resets: watch.resets },
    lost: watch.lost,
    unseen: [...watch.missing, ...watch.rules.missing, ...counted.flatMap(xdpUnseen)].map(one =>
      unseenOf(one),
    ),
  };
}

function symptomsOf(machine: Machine, { symptoms }: WhyWatch): Symptom[] {
  return lastingOnly(machine, withoutEchoes(symptoms));
}

interface Counted {
  readonly place: Place;
  readonly facts: readonly Fact[];
  readonly missing: readonly Unavailable[];
  readonly before: Baseline;
  readonly after: Baseline;
}

function countedIn(place: Place, at: number, before: Baselines): Counted {
  const start = before.get(place.inode) ?? emptyBaseline(place);
  const moved = movedSince(start, at >= MOST_WITH_TOOLS);
  return { place, before: start, ...moved };
}

/**
 * With a filter, the namespaces that its packets passed; what other traffic does elsewhere proves nothing. When no
 * packet was seen, whatever kept them from being sent may be anywhere.
 */
function concernedOf(machine: Machine, request: WhyRequest, watch: WhyWatch): Place[] {
  const all = placesOf(machine, request);
  const seen = request.filter ? watch.namespaces() : undefined;
  if (seen === undefined || (seen.length === 0 && watch.symptoms.length === 0)) return all.map(placeOf);
  const inodes = new Set([...seen, ...watch.symptoms.map(({ netns }) => netns)]);
  return all.filter(({ inode }) => inodes.has(inode)).map(placeOf);
}

function cpusOf(counted: readonly Counted[]): ReadonlyMap<number, readonly number[]> {
  return new Map(
    counted.flatMap(({ place, before, after }) =>
      after.conntrack
        ? [[place.inode, dropCpus(before.conntrack?.value, after.conntrack.value)] as const]
        : [],
    ),
  );
}

/** Dropping rules of legacy iptables, before and after. */
function legacyOf(counted: readonly Counted[]): StateRequest['legacy'] {
  return new Map(
    counted.map(({ place, before, after }) => [place.inode, [before.legacy, after.legacy]] as const),
  );
}

async function topOf({ place, after }: Counted, incidents: Evidence['incidents']): Promise<Fact[]> {
  const troubled = incidents.some(({ netns, benign }) => netns === place.inode && !benign);
  return troubled && after.conntrack ? conntrackTopFacts(place, after.conntrack) : [];
}

function gapsOf({ rules }: WhyWatch): Gap[] {
  return rules.missing.map(why => ({ names: ['nft.rule.text', 'nft.policy'], about: {}, why }));
}
