import { isUnavailable } from '../../base/index.ts';
import {
  endsOf,
  nearMisses,
  type PacketEnds,
  type Place,
  type Reading,
  readSockets,
  type SocketRow,
  takersOf,
} from '../../collect/index.ts';
import type { Fact, Incident } from '../../diagnose/index.ts';
import { factsOf, type Values } from './fact-maker.ts';
import { endsOfPacket } from './incident-packet.ts';

/** Who would take the packet of an incident, or whose queue is full. */
export interface Sockets {
  readonly facts: readonly Fact[];
  /** The socket that the incident is about. */
  readonly socket: SocketRow | undefined;
}

const NOBODY: Sockets = { facts: [], socket: undefined };

export function socketsOf(place: Place, incident: Incident): Sockets {
  const ends = endsOfPacket(incident);
  if (ends !== undefined) return byPacket(place, incident, ends);
  const chosen = incident.kind === 'counter' ? BY_COUNTER[incident.reason ?? ''] : undefined;
  return chosen === undefined ? NOBODY : byCounter(place, incident, chosen);
}

function byPacket(place: Place, incident: Incident, ends: PacketEnds): Sockets {
  const reading = readSockets(place, { ports: [ends.sport, ends.dport] });
  if (isUnavailable(reading)) return NOBODY;
  const rows = reading.value;
  const takers = takersOf(rows, ends);
  const socket =
    incident.kind === 'reset' ? (endsOf(rows, ends)[0] ?? takers[0]) : (takers[0] ?? endsOf(rows, ends)[0]);
  const values: Values = {
    'socket.listeners': takers.length,
    'socket.elsewhere': elsewhere(nearMisses(rows, ends)),
    ...(socket ? rowValues(socket) : {}),
    ...timerValues(rows, ends),
  };
  return { facts: made(values, incident, reading, place), socket };
}

function timerValues(rows: readonly SocketRow[], ends: PacketEnds): Values {
  const both = endsOf(rows, ends);
  if (both.length === 0) return {};
  const receivers = both.filter(({ local, peer }) => local.port === ends.dport && peer.port === ends.sport);
  return {
    'socket.persist': both.some(({ timer }) => timer === 'persist'),
    'socket.timewait': receivers.some(({ state }) => state === 'TIME-WAIT') || undefined,
  };
}

function elsewhere(rows: readonly SocketRow[]): string | null {
  const [first] = rows;
  return first === undefined ? null : `${first.protocol} ${endText(first)}`;
}

function endText({ local: { address, port } }: SocketRow): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

function rowValues(row: SocketRow): Values {
  const { process, memory, state } = row;
  return {
    'socket.local': endText(row),
    'socket.process': process === null ? undefined : `${process.name}/${process.pid}`,
    'socket.pid': process?.pid,
    'socket.recvq': row.recvq,
    'socket.sendq': state === 'LISTEN' ? undefined : row.sendq,
    'socket.backlog': state === 'LISTEN' ? row.sendq : undefined,
    'socket.drops': memory?.drops,
    'socket.rcvbuf': memory?.receiveBuffer,
  };
}

type Choice = (rows: readonly SocketRow[]) => SocketRow | undefined;

const largest = (rows: readonly SocketRow[], of: (row: SocketRow) => number): SocketRow | undefined =>
  [...rows].sort((a, b) => of(b) - of(a))[0];

const fullListener: Choice = rows =>
  largest(
    rows.filter(({ state, recvq, sendq }) => state === 'LISTEN' && recvq > 0 && recvq >= sendq),
    row => row.recvq,
  );
const fullReceiver: Choice = rows =>
  largest(
    rows.filter(({ protocol, memory }) => protocol === 'udp' && (memory?.drops ?? 0) > 0),
    row => row.memory?.drops ?? 0,
  );
const probingSender: Choice = rows => rows.find(({ timer }) => timer === 'persist');

/** Counters name no packet: the socket is looked for by the state that makes them move. */
const BY_COUNTER: Readonly<Record<string, Choice>> = {
  'netstat.ListenOverflows.delta': fullListener,
  'snmp.UdpRcvbufErrors.delta': fullReceiver,
  'snmp.Udp6RcvbufErrors.delta': fullReceiver,
  'netstat.TCPWinProbe.delta': probingSender,
};

function byCounter(place: Place, incident: Incident, choose: Choice): Sockets {
  const reading = readSockets(place);
  if (isUnavailable(reading)) return NOBODY;
  const socket = choose(reading.value);
  if (socket === undefined) return NOBODY;
  const persist: Values = socket.timer === 'persist' ? { 'socket.persist': true } : {};
  return { facts: made({ ...rowValues(socket), ...persist }, incident, reading, place), socket };
}

function made(
  values: Values,
  { key }: Incident,
  { source, time }: Reading<unknown>,
  { name }: Place,
): Fact[] {
  return factsOf(
    values,
    { incident: key },
    { source: `${source.split(' ').slice(0, 1)[0]} in ${name}`, time },
  );
}
