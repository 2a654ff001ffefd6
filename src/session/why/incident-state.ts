import type { LinkState, Place, Reading } from '../../collect/index.ts';
import { type Fact, type Gap, type Incident, incidentKeyOf, type Symptom } from '../../diagnose/index.ts';
import type { Machine } from '../machine.ts';
import { factsOf } from './fact-maker.ts';
import type { LegacyCounts } from './legacy-counters.ts';
import { linkFacts, linksIn } from './link-facts.ts';
import { logFacts, packetLogFacts } from './log-facts.ts';
import { placeOf } from './places.ts';
import { readersFor } from './readers.ts';
import { resetFacts } from './reset-facts.ts';
import { rulesetFacts } from './ruleset-facts.ts';
import { frameFacts, icmpFacts } from './signal-facts.ts';
import { socketsOf } from './socket-facts.ts';
import { sysctlFacts } from './sysctl-facts.ts';
import type { WhyWatch } from './why-watch.ts';

/** What reading the state needs to know. */
export interface StateRequest {
  readonly machine: Machine;
  readonly watch: WhyWatch;
  readonly incidents: readonly Incident[];
  readonly deltas: readonly Fact[];
  /** Namespaces that the traffic passed. */
  readonly places: readonly Place[];
  /** CPUs on which conntrack dropped, by namespace. */
  readonly dropCpus: ReadonlyMap<number, readonly number[]>;
  /** Counters of legacy iptables' dropping rules before and after, by namespace; undefined where it has no table. */
  readonly legacy: ReadonlyMap<
    number,
    readonly [before: LegacyCounts | undefined, after: LegacyCounts | undefined]
  >;
}

/** What a reader may use: things that several of them need are read once. */
export interface Reach extends StateRequest {
  readonly place: Place;
  readonly incident: Incident;
  readonly links: Reading<readonly LinkState[]> | undefined;
  /** Process on the CPU when it happened: the sender, for what this machine sends. */
  readonly pid: number | undefined;
  readonly sockets: () => ReturnType<typeof socketsOf>;
}

export interface State {
  readonly facts: readonly Fact[];
  readonly gaps: readonly Gap[];
}

/** State is read for this many incidents, those with the most packets first … */
const MOST_INCIDENTS = 12;
/** … and for no longer than this: a verdict has two seconds. */
const MOST_MS = 1200;

/** Reads what the incidents ask for, each in its own namespace. */
export function stateOf(request: StateRequest): State {
  const open = request.incidents
    .filter(({ benign }) => !benign)
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_INCIDENTS);
  const links = new Map<number, ReturnType<typeof linksIn>>();
  const end = performance.now() + MOST_MS;
  const facts = open.flatMap((incident, at) =>
    at > 0 && performance.now() > end ? [] : incidentFacts(incident, request, links),
  );
  const { lines } = request.watch;
  const here = lines.filter(({ event }) => isHere(event, request.places));
  return {
    facts: [
      ...facts,
      ...rulesOf(request, open),
      ...logFacts(here, new Date().toISOString()),
      ...open.flatMap(incident => packetLogFacts(incident, lines)),
    ],
    gaps: [],
  };
}

/** A full table of a namespace that the traffic does not pass proves nothing. */
function isHere(
  event: { readonly kind: string; readonly netns?: number | null },
  places: readonly Place[],
): boolean {
  const { netns } = event;
  return netns === undefined || netns === null || places.some(({ inode }) => inode === netns);
}

function incidentFacts(
  incident: Incident,
  request: StateRequest,
  known: Map<number, ReturnType<typeof linksIn>>,
): Fact[] {
  const netns = incident.netns === null ? undefined : request.machine.namespaces.find(incident.netns);
  if (netns === undefined) return [];
  const place = placeOf(netns);
  if (!known.has(place.inode)) known.set(place.inode, linksIn(place));
  const links = known.get(place.inode);
  let sockets: ReturnType<typeof socketsOf> | undefined;
  const reach: Reach = {
    ...{ ...request, place, incident, links, pid: pidOf(incident, request) },
    sockets: () => {
      sockets ??= socketsOf(place, incident);
      return sockets;
    },
  };
  return [
    ...sysctlFacts(place, incident),
    ...linkFacts(place, incident.ifname, links),
    ...dropCpuFacts(incident, request),
    ...icmpFacts(incident, request.watch.signals),
    ...frameFacts(incident),
    ...resetFacts(incident, request.watch.symptoms),
    ...readersFor(incident).flatMap(read => read(reach)),
  ];
}

function pidOf(incident: Incident, { watch }: StateRequest): number | undefined {
  return [...watch.origins].find(([symptom]) => isOf(symptom, incident))?.[1].pid;
}

/** A drop on a CPU whose conntrack counter moved. */
function dropCpuFacts(incident: Incident, { watch, dropCpus }: StateRequest): Fact[] {
  const moved = incident.netns === null ? undefined : dropCpus.get(incident.netns);
  if (incident.reason !== 'NETFILTER_DROP' || moved === undefined) return [];
  const cpus = [...watch.origins].filter(([symptom]) => isOf(symptom, incident)).map(([, { cpu }]) => cpu);
  const value = cpus.length > 0 && cpus.every(cpu => moved.includes(cpu));
  const origin = { source: '/proc/net/stat/nf_conntrack, per CPU', time: incident.last };
  return factsOf({ 'ct.drop.cpu': value }, { incident: incident.key }, origin);
}

function isOf(symptom: Symptom, incident: Incident): boolean {
  return incidentKeyOf(symptom) === incident.key;
}

/** The rule set matters where netfilter dropped or conntrack called packets invalid. */
function rulesOf({ deltas, places }: StateRequest, open: readonly Incident[]): Fact[] {
  const wanted = new Set(open.filter(({ reason }) => reason === 'NETFILTER_DROP').map(({ netns }) => netns));
  for (const { name, value, about } of deltas)
    if (/^ct\.(?:invalid|drop|insert_failed)\.delta$/.test(name) && Number(value) > 0)
      wanted.add(about.netns ?? null);
  return places.filter(({ inode }) => wanted.has(inode)).flatMap(rulesetFacts);
}
