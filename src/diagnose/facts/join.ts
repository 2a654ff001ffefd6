import type { Flow, Incident, Sample } from './incident.ts';
import type { Headers, Symptom } from './symptom.ts';

const SAMPLES = 8;
/** Parts that the compiler splits off a function keep its name in front. */
const CUT = /\.(?:isra|constprop|part|cold|llvm)\b.*$/;

/** Joins symptoms alike. The order in which they come does not matter. */
export function joinIncidents(symptoms: readonly Symptom[]): Incident[] {
  const groups = new Map<string, Symptom[]>();
  for (const symptom of symptoms) {
    const key = incidentKeyOf(symptom);
    const group = groups.get(key);
    if (group) group.push(symptom);
    else groups.set(key, [symptom]);
  }
  return [...groups].map(([key, group]) => incidentOf(key, group)).sort((a, b) => compareText(a.key, b.key));
}

/** What symptoms of one incident share: kind, reason, function, namespace, interface, socket state, class of flow. */
export function incidentKeyOf(symptom: Symptom): string {
  const { kind, direction, reason, netns, ifname, state, packet } = symptom;
  const what = direction === null ? kind : `${kind}-${direction}`;
  const parts = [what, reason, functionName(symptom.function), netns, ifname, state, flowClassOf(packet)];
  return parts.map(part => part ?? '-').join('|');
}

/** "tcp_v4_rcv" for "tcp_v4_rcv.cold". */
export function functionName(name: string | null): string | null {
  return name?.replace(CUT, '') ?? null;
}

/** "ipv4/tcp/192.0.2.7:8100>" towards the server, "…<" from it, "!" when the packet opens a connection. */
export function flowClassOf(packet: Headers | null): string {
  if (!packet) return '-';
  const { family, protocol, src, dst, sport, dport, tcpFlags, fragment, icmpType } = packet;
  const base = `${family}/${protocol}`;
  if (sport === undefined || dport === undefined)
    return `${base}/${dst ?? '-'}${icmpType === undefined ? '' : `/type-${icmpType}`}${fragment ? '/fragment' : ''}`;
  const toServer = dport <= sport;
  const server = toServer ? `${dst}:${dport}>` : `${src}:${sport}<`;
  const opens = tcpFlags?.includes('S') && !tcpFlags.includes('A') ? '!' : '';
  return `${base}/${server}${opens}`;
}

export function flowOf(packet: Headers): Flow {
  const { family, protocol, src, sport, dst, dport } = packet;
  return {
    ...{ family, protocol, src: src ?? null, sport: sport ?? null },
    ...{ dst: dst ?? null, dport: dport ?? null },
  };
}

function incidentOf(key: string, group: readonly Symptom[]): Incident {
  const sorted = [...group].sort(inOrder);
  const [head, tail] = [sorted[0]!, sorted[sorted.length - 1]!];
  const { kind, source, reason, subsystem, netns, netnsName, ifname, direction, state } = head;
  return {
    ...{ key, kind, source, reason, subsystem, function: functionName(head.function) },
    stack: sorted.find(({ stack }) => stack.length > 0)?.stack ?? [],
    ...{ netns, netnsName, ifname, direction, state },
    benign: sorted.every(({ benign }) => benign),
    count: sorted.reduce((sum, { count }) => sum + count, 0),
    first: head.time,
    last: tail.time,
    samples: samplesOf(sorted),
  };
}

function samplesOf(sorted: readonly Symptom[]): Sample[] {
  return sorted.flatMap(({ time, packet }) => (packet ? [{ time, packet }] : [])).slice(0, SAMPLES);
}

function inOrder(a: Symptom, b: Symptom): number {
  return compareText(a.time, b.time) || compareText(JSON.stringify(a), JSON.stringify(b));
}

/** By code unit: the same on every machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
