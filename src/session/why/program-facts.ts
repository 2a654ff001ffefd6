import { isUnavailable } from '../../base/index.ts';
import {
  BorrowedSocket,
  cgroupPrograms,
  devicePrograms,
  type LinkState,
  type Place,
  type SocketRow,
} from '../../collect/index.ts';
import type { Fact, Incident } from '../../diagnose/index.ts';
import { attachedAt } from './cgroup-attachment.ts';
import { factsOf, type Values } from './fact-maker.ts';

/** tc filters and programs at the interface of an incident. */
export function deviceProgramFacts(place: Place, link: LinkState, incident: Incident): Fact[] {
  const reading = devicePrograms(place, link.ifname, link.ifindex);
  if (isUnavailable(reading)) return [];
  const { ingress, egress } = reading.value;
  const side = incident.reason === 'TC_EGRESS' ? 'egress' : 'ingress';
  const values: Values = {
    'tc.ingress': ingress.join('; ') || null,
    'tc.egress': egress.join('; ') || null,
    'tc.filter.spec': specOf(side, side === 'egress' ? egress : ingress),
  };
  const origin = { source: `${reading.source} in ${place.name}`, time: reading.time };
  return factsOf(values, { netns: place.inode, ifname: link.ifname }, origin);
}

/** "ingress protocol all pref 10", when one filter alone is there. */
function specOf(side: string, filters: readonly string[]): string | null {
  const found = /^filter (?:parent \S+ )?protocol (\S+) pref (\d+)/.exec(filters[0] ?? '');
  return filters.length === 1 && found !== null ? `${side} protocol ${found[1]} pref ${found[2]}` : null;
}

/** A filter on the receiving socket, and programs on the control groups of its process. */
export function socketProgramFacts(place: Place, incident: Incident, socket: SocketRow | undefined): Fact[] {
  if (socket === undefined) return [];
  const filter = filterOf(socket);
  const about = { incident: incident.key };
  const origin = {
    source: `getsockopt(SO_GET_FILTER) of a socket in ${place.name}`,
    time: new Date().toISOString(),
  };
  return [
    ...factsOf({ 'socket.filter': filter }, about, origin),
    ...(socket.process === null ? [] : cgroupFacts(place, incident, socket.process.pid)),
  ];
}

const SO_GET_FILTER = 26;

/** A filter on the socket itself; null: none; undefined: it could not be asked. ss shows those of packet sockets only. */
function filterOf({ text, process }: SocketRow): string | null | undefined {
  const inode = /\bino:(\d+)/.exec(text)?.[1];
  if (inode === undefined || process === null) return undefined;
  const socket = BorrowedSocket.take(process.pid, inode);
  if (isUnavailable(socket)) return undefined;
  using borrowed = socket;
  const instructions = borrowed.askLength(SO_GET_FILTER);
  if (instructions === 0) return null;
  // The question is refused when the filter is no classic one.
  return instructions < 0 ? 'an eBPF program' : `a filter of ${instructions} instructions`;
}

/** Programs on the control groups of the process that sends or receives. */
export function cgroupFacts(place: Place, incident: Incident, pid: number): Fact[] {
  const reading = cgroupPrograms(place, pid);
  if (isUnavailable(reading)) return [];
  const { ingress, egress } = reading.value;
  const out = incident.reason === 'BPF_CGROUP_EGRESS';
  const values: Values = {
    'cgroup.bpf.ingress': listOf(ingress),
    'cgroup.bpf.egress': listOf(egress),
    ...attachmentValues(pid, out, out ? egress : ingress),
  };
  return factsOf(values, { incident: incident.key }, { source: reading.source, time: reading.time });
}

function listOf(ids: readonly number[]): string | null {
  return ids.length === 0 ? null : `program ${ids.join(', ')}`;
}

function attachmentValues(pid: number, out: boolean, ids: readonly number[]): Values {
  const [id] = ids;
  const path = id === undefined ? undefined : attachedAt(pid, out, id);
  if (path === undefined) return {};
  const attach = out ? 'cgroup_inet_egress' : 'cgroup_inet_ingress';
  return { 'cgroup.bpf.path': path, 'cgroup.bpf.attach': attach, 'cgroup.bpf.id': id };
}
