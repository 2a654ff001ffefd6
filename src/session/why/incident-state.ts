import type { Place } from '../../collect/index.ts';
import type { Fact, Gap, Incident, Symptom } from '../../diagnose/index.ts';
import { incidentKeyOf } from '../../diagnose/index.ts';
import type { Machine } from '../machine.ts';
import { factsOf } from './fact-maker.ts';
import { placeOf } from './places.ts';
import { ruleFacts } from './rule-facts.ts';
import { rulesetFacts } from './ruleset-facts.ts';
import { sysctlFacts } from './sysctl-facts.ts';
import type { WhyWatch } from './why-watch.ts';

/** What reading the state needs to know. */
export interface StateRequest {
  readonly machine: Machine;
  readonly watch: WhyWatch;
  readonly incidents: readonly Incident[];
  readonly deltas: readonly Fact[];
  readonly places: readonly Place[];
  /** CPUs on which conntrack dropped, by namespace. */
  readonly dropCpus: ReadonlyMap<number, readonly number[]>;
}

export interface State {
  readonly facts: readonly Fact[];
  readonly gaps: readonly Gap[];
}

/** State is read for this many incidents, those with the most packets first: a verdict has two seconds. */
const MOST_INCIDENTS = 12;

/** Reads what the incidents ask for, each in its own namespace. */
export async function stateOf(request: StateRequest): Promise<State> {
  const open = request.incidents
    .filter(({ benign }) => !benign)
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_INCIDENTS);
  const facts = open.flatMap(incident => incidentFacts(incident, request));
  return { facts: [...facts, ...rulesOf(request, open)], gaps: [] };
}

function incidentFacts(incident: Incident, request: StateRequest): Fact[] {
  const { machine, watch } = request;
  const netns = incident.netns === null ? undefined : machine.namespaces.find(incident.netns);
  if (netns === undefined) return [];
  const place = placeOf(netns);
  return [
    ...sysctlFacts(place, incident),
    ...(incident.reason === 'NETFILTER_DROP' ? ruleFacts(incident, watch.rules.traces) : []),
    ...dropCpuFacts(incident, request),
  ];
}

/** A drop on a CPU whose conntrack counter moved. */
function dropCpuFacts(incident: Incident, { watch, dropCpus }: StateRequest): Fact[] {
  const moved = incident.netns === null ? undefined : dropCpus.get(incident.netns);
  if (incident.reason !== 'NETFILTER_DROP' || moved === undefined) return [];
  const cpus = [...watch.cpus].filter(([symptom]) => isOf(symptom, incident)).map(([, cpu]) => cpu);
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
    if (/^ct\.(?:invalid|drop|insert_failed)\.delta$/.test(name) && Number(value) > 0) wanted.add(about.netns ?? null);
  return places.filter(({ inode }) => wanted.has(inode)).flatMap(rulesetFacts);
}
