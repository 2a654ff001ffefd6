import { isUnavailable } from '../../base/index.ts';
import { runInside } from '../inside.ts';
import { type Place, type Read, readingOf } from '../reading.ts';
import { parseSocketRow, type SocketRow } from './socket-row.ts';

/** Which sockets to read. */
export interface SocketQuestion {
  /** Default both. */
  readonly protocol?: 'tcp' | 'udp';
  /** Sockets with one of these ports at either end; default all, which takes long where there are many. */
  readonly ports?: readonly number[];
}

/** What a packet is addressed to. */
export interface PacketEnds {
  readonly protocol: 'tcp' | 'udp';
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
}

/** The sockets of a namespace. Processes of other users show to root only. Unavailable without ss(8). */
export function readSockets(
  place: Place,
  { protocol, ports }: SocketQuestion = {},
): Read<readonly SocketRow[]> {
  const wanted = (ports ?? []).flatMap(port => [`sport = :${port}`, `dport = :${port}`]).join(' or ');
  const args = [
    '-H',
    '-O',
    '-a',
    '-n',
    '-i',
    '-m',
    '-o',
    '-e',
    '-p',
    '-t',
    '-u',
    ...(wanted ? [wanted] : []),
  ];
  // Asked for one protocol only, ss would leave out the column that names it.
  const text = runInside(place, 'ss', args);
  if (isUnavailable(text)) return text;
  const rows = text.split('\n').flatMap(line => parseSocketRow(line) ?? []);
  const kept = protocol === undefined ? rows : rows.filter(row => row.protocol === protocol);
  return readingOf(place, `ss ${args.join(' ')}`, kept);
}

/** Sockets that would get the packet: connected to its ends, or else listening (TCP) or unconnected (UDP) there. */
export function takersOf(rows: readonly SocketRow[], packet: PacketEnds): SocketRow[] {
  const here = rows.filter(row => row.protocol === packet.protocol && row.local.port === packet.dport);
  const connected = here.filter(
    row => isConnected(row) && peerIs(row, packet) && takesAddress(row, packet.dst),
  );
  if (connected.length > 0) return connected;
  return here.filter(row => !isConnected(row) && takesAddress(row, packet.dst));
}

/** Sockets on the same port that would not get it: another address, another protocol. */
export function nearMisses(rows: readonly SocketRow[], packet: PacketEnds): SocketRow[] {
  const takers = new Set(takersOf(rows, packet));
  return rows.filter(row => row.local.port === packet.dport && !takers.has(row) && !isConnected(row));
}

/** Both ends of a conversation that are in this namespace. */
export function endsOf(rows: readonly SocketRow[], packet: PacketEnds): SocketRow[] {
  const { src, sport, dst, dport } = packet;
  const back = { ...packet, src: dst, sport: dport, dst: src, dport: sport };
  return rows.filter(row => row.protocol === packet.protocol && (isEnd(row, packet) || isEnd(row, back)));
}

function isEnd(row: SocketRow, packet: PacketEnds): boolean {
  return row.local.port === packet.dport && peerIs(row, packet) && takesAddress(row, packet.dst);
}

function isConnected({ peer }: SocketRow): boolean {
  return peer.port !== 0;
}

function peerIs({ peer }: SocketRow, { src, sport }: PacketEnds): boolean {
  return peer.port === sport && plainAddress(peer.address) === plainAddress(src);
}

function takesAddress({ local, v6only }: SocketRow, address: string): boolean {
  if (local.address === '*') return true;
  if (local.address === '0.0.0.0') return !address.includes(':');
  if (local.address === '::') return address.includes(':') || v6only === false;
  return plainAddress(local.address) === plainAddress(address);
}

/** ss shows IPv4 over an IPv6 socket as ::ffff:10.0.0.1. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}
