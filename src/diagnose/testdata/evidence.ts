// Builds what a watch would hand to the judge, from what a test says about it.
import { ABOUT_KEYS } from '../facts/spec.ts';
import { type FactName, FACTS } from '../facts/catalogue.ts';
import { counterSymptoms } from '../facts/counter-symptoms.ts';
import type { About, Fact, FactValue } from '../facts/fact.ts';
import type { Incident } from '../facts/incident.ts';
import { joinIncidents } from '../facts/join.ts';
import type { Headers, Symptom } from '../facts/symptom.ts';
import type { Evidence, Namespace } from '../judge/evidence.ts';

export const TIME = '2026-03-04T05:06:07.000000Z';
export const WEB = 4026532001;
export const ROUTER = 4026532002;

export const NAMESPACES: readonly Namespace[] = [
  { inode: 4026531840, name: 'host', kind: 'host', path: '/proc/1/ns/net' },
  { inode: WEB, name: 'web', kind: 'named', path: '/run/netns/web' },
  { inode: ROUTER, name: 'docker:0123456789ab', kind: 'container', path: '/proc/77/ns/net' },
];

export const SYN: Headers = {
  ...{
    family: 'ipv4',
    protocol: 'tcp',
    length: 60,
    src: '10.0.0.1',
    dst: '10.0.0.2',
    sport: 40000,
    dport: 8100,
  },
  ...{ ttl: 64, tcpFlags: 'S', payload: 0 },
};
export const DATA: Headers = { ...SYN, length: 1500, tcpFlags: 'PA', payload: 1448 };
export const DATAGRAM: Headers = {
  ...{
    family: 'ipv4',
    protocol: 'udp',
    length: 128,
    src: '10.0.0.1',
    dst: '10.0.0.2',
    sport: 40000,
    dport: 5300,
  },
  ...{ ttl: 64, payload: 100 },
};

/** The same packet between IPv6 hosts. */
export function six(packet: Headers): Headers {
  return { ...packet, family: 'ipv6', src: 'fd00::1', dst: 'fd00::2' };
}

export type Said = Partial<Omit<Symptom, 'packet'>> & { readonly packet?: Headers | null };

export function symptom(said: Said = {}): Symptom {
  const base: Symptom = {
    ...{
      kind: 'drop',
      source: 'tracepoint skb:kfree_skb',
      time: TIME,
      reason: 'NOT_SPECIFIED',
      subsystem: 'core',
    },
    ...{ function: 'kfree', stack: [], netns: WEB, netnsName: 'web', ifname: 'veth0', benign: false },
    ...{ packet: SYN, direction: null, state: null, count: 1 },
  };
  return { ...base, ...said };
}

export function reset(said: Said = {}): Symptom {
  return symptom({
    ...{
      kind: 'reset',
      source: 'tracepoint tcp:tcp_send_reset',
      direction: 'sent',
      ifname: null,
      subsystem: null,
    },
    ...{ function: 'tcp_v4_send_reset', reason: null },
    ...said,
  });
}

/** Values by name; where the incident's own place is not meant, the full form with `about`. */
export type Values = Partial<
  Record<FactName, FactValue | { readonly value: FactValue; readonly about: About }>
>;

export interface Story {
  readonly symptoms?: readonly Symptom[];
  readonly facts?: Values;
  readonly more?: Partial<Evidence>;
}

/** Facts without a place of their own are about the first incident's. */
export function evidenceOf({ symptoms = [], facts = {}, more = {} }: Story): Evidence {
  const [first] = joinIncidents(symptoms);
  const place = first ?? { key: 'none', netns: WEB, ifname: 'veth0' };
  const plain = (Object.entries(facts) as [FactName, Values[FactName]][]).map(([name, value]) =>
    factOf(name, value!, place),
  );
  const counters = symptoms.length > 0 ? [] : counterSymptoms(plain, () => 'web');
  return {
    ...{ time: TIME, filter: null, incidents: joinIncidents([...symptoms, ...counters]), gaps: [] },
    ...{ facts: plain.map(fact => aimed(fact, symptoms, counters)), namespaces: NAMESPACES },
    seen: { packets: 100, dropped: symptoms.length, benign: 0, resets: 0 },
    ...{ lost: 0, unseen: [], ...more },
  };
}

/** With counters alone, what is about "the incident" is about the counter's. */
function aimed(fact: Fact, symptoms: readonly Symptom[], counters: readonly Symptom[]): Fact {
  const [incident] = symptoms.length === 0 ? joinIncidents(counters) : [];
  return incident && fact.about.incident === 'none' ? { ...fact, about: { incident: incident.key } } : fact;
}

type Place = Pick<Incident, 'key' | 'netns' | 'ifname'>;

function factOf(name: FactName, given: NonNullable<Values[FactName]>, place: Place): Fact {
  const own = isPlaced(given) ? given : { value: given, about: aboutOf(name, place) };
  return { name, ...own, source: `${FACTS[name].from} of web`, time: TIME };
}

function isPlaced(given: unknown): given is { readonly value: FactValue; readonly about: About } {
  return typeof given === 'object' && given !== null && 'about' in given;
}

function aboutOf(name: FactName, { key, netns, ifname }: Place): About {
  const values = { incident: key, netns: netns ?? WEB, ifname: ifname ?? 'veth0' };
  return Object.fromEntries(ABOUT_KEYS[FACTS[name].about].map(about => [about, values[about]]));
}
