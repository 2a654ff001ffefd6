import { isUnavailable, type Unavailable } from '../../base/index.ts';
import { conntrackTable, requireTool } from '../../kernel/index.ts';
import { failedTool, inside, runInside, spawnInside } from '../inside.ts';
import { ended, onLines } from '../lines.ts';
import { type Place, type Read, readingOf } from '../reading.ts';
import { type ConntrackEntry, parseEntry } from './entry.ts';

const LIST = ['-L', '-o', 'extended'];

/**
 * Streams the entries of both families to `onEntry`, `most` of them at most, and answers how many there were. A full
 * table of 262,144 entries takes about two seconds. Unavailable without conntrack(8) or CAP_NET_ADMIN.
 */
export async function dumpEntries(
  place: Place,
  onEntry: (entry: ConntrackEntry) => void,
  most: number = Number.POSITIVE_INFINITY,
): Promise<number | Unavailable> {
  const program = requireTool('conntrack');
  if (isUnavailable(program)) return program;
  const child = spawnInside(place, program, LIST, { stdio: ['ignore', 'pipe', 'pipe'] });
  if (isUnavailable(child)) return child;
  let count = 0;
  let stderr = '';
  onLines(child.stderr!, line => {
    stderr ||= line;
  });
  onLines(child.stdout!, line => {
    const entry = parseEntry(line);
    if (entry === undefined || count >= most) return;
    count++;
    onEntry(entry);
    if (count === most) child.kill();
  });
  const code = await ended(child);
  return code === 0 || count === most ? count : failedTool('conntrack', LIST, { code, stdout: '', stderr });
}

/** One end-to-end conversation; ports are left out for protocols without them. */
export interface FlowKey {
  readonly protocol: string;
  readonly src: string;
  readonly dst: string;
  readonly sport?: number;
  readonly dport?: number;
}

/** A table of this size is listed at once and looked through here: one process, not four. */
const SMALL_TABLE = 2000;

/**
 * Entries that a packet of this flow belongs to, whichever direction it goes and on whichever side of NAT it was
 * seen. conntrack(8) looks through the whole table: 0.1 s for 100,000 entries.
 */
export function flowEntries(place: Place, flow: FlowKey): Read<readonly ConntrackEntry[]> {
  const { src, dst } = flow;
  const table = inside(place, () => conntrackTable());
  const isSmall = table !== undefined && !isUnavailable(table) && table.count <= SMALL_TABLE;
  const queries = isSmall ? [[]] : queriesFor(flow);
  const found = new Map<string, ConntrackEntry>();
  const base = [...LIST, '-f', src.includes(':') ? 'ipv6' : 'ipv4', '-p', flow.protocol];
  for (const query of queries) {
    const text = runInside(place, 'conntrack', [...base, ...query]);
    if (isUnavailable(text)) return text;
    for (const entry of text.split('\n').map(parseEntry))
      if (entry !== undefined && addressesFit(entry, flow) && portsFit(entry, flow))
        found.set(keyOf(entry), entry);
  }
  return readingOf(place, `conntrack ${base.join(' ')} -s ${src} -d ${dst}`, [...found.values()]);
}

function queriesFor({ src, dst }: FlowKey): string[][] {
  return [
    ['-s', src, '-d', dst],
    ['-s', dst, '-d', src],
    ['-r', src, '-q', dst],
    ['-r', dst, '-q', src],
  ];
}

function addressesFit({ original, reply }: ConntrackEntry, { src, dst }: FlowKey): boolean {
  return [original, reply].some(
    tuple => (tuple.src === src && tuple.dst === dst) || (tuple.src === dst && tuple.dst === src),
  );
}

/** The timeout counts down between two listings: the same entry is the one with the same tuples. */
function keyOf({ original, reply, zone }: ConntrackEntry): string {
  return JSON.stringify([original, reply, zone]);
}

function portsFit({ original, reply }: ConntrackEntry, { sport, dport }: FlowKey): boolean {
  if (sport === undefined || dport === undefined || original.sport === undefined) return true;
  const fits = (a: number | undefined, b: number | undefined): boolean =>
    (a === sport && b === dport) || (a === dport && b === sport);
  return fits(original.sport, original.dport) || fits(reply.sport, reply.dport);
}
