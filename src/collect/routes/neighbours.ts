import { isUnavailable, unavailable } from '../../base/index.ts';
import { runInside } from '../inside.ts';
import { jsonRows, textIn } from '../json-lists.ts';
import { type Place, type Read, readingOf } from '../reading.ts';

/** One entry of the ARP or neighbour discovery table. */
export interface Neighbour {
  readonly address: string;
  readonly ifname: string;
  /** null while it is not resolved. */
  readonly mac: string | null;
  /** "REACHABLE", "STALE", "INCOMPLETE", "FAILED" … */
  readonly state: string;
}

const ARGUMENTS = ['-j', 'neigh', 'show'];

/** Both families. Unavailable without ip(8). */
export function readNeighbours(place: Place): Read<readonly Neighbour[]> {
  const text = runInside(place, 'ip', ARGUMENTS);
  if (isUnavailable(text)) return text;
  const source = `ip ${ARGUMENTS.join(' ')}`;
  const rows = parseNeighbours(text);
  return rows === undefined
    ? unavailable(source, 'it printed no JSON', 'update ip: -j came with iproute2 4.19')
    : readingOf(place, source, rows);
}

export function parseNeighbours(text: string): Neighbour[] | undefined {
  return jsonRows(text)?.map(row => ({
    address: textIn(row, 'dst') ?? '',
    ifname: textIn(row, 'dev') ?? '',
    mac: textIn(row, 'lladdr') ?? null,
    state: Array.isArray(row.state) ? row.state.join(',') : 'NONE',
  }));
}
