import type { ConntrackTally, TallyRow } from '../../events/index.ts';
import type { ConntrackEntry } from './entry.ts';

interface Group {
  count: number;
  longest: number;
  shortest: number;
}

/** Adds entries up while they stream by: memory grows with the number of different keys, not with the table. */
export class EntryTally {
  private total = 0;
  private assured = 0;
  private unreplied = 0;
  private translated = 0;
  private readonly sources = new Map<string, Group>();
  private readonly services = new Map<string, Group>();
  private readonly states = new Map<string, Group>();

  add(entry: ConntrackEntry): void {
    this.total++;
    if (entry.assured) this.assured++;
    if (entry.unreplied) this.unreplied++;
    if (isTranslated(entry)) this.translated++;
    const seconds = entry.timeout ?? 0;
    count(this.sources, entry.original.src, seconds);
    count(this.services, serviceOf(entry), seconds);
    count(this.states, `${entry.protocol}${entry.state === null ? '' : ` ${entry.state}`}`, seconds);
  }

  /** The largest `rows` of each kind. */
  result(rows = 10): ConntrackTally {
    const { total, assured, unreplied, translated } = this;
    return {
      ...{ total, assured, unreplied, translated },
      sources: top(this.sources, rows),
      services: top(this.services, rows),
      states: top(this.states, rows),
    };
  }
}

/** NAT is at work: answers are expected from elsewhere than the packets went to. */
export function isTranslated({ original, reply }: ConntrackEntry): boolean {
  const ports =
    original.sport !== undefined && (original.sport !== reply.dport || original.dport !== reply.sport);
  return original.src !== reply.dst || original.dst !== reply.src || ports;
}

function serviceOf({ protocol, original: { dst, dport } }: ConntrackEntry): string {
  if (dport === undefined) return `${protocol} ${dst}`;
  return `${protocol} ${dst.includes(':') ? `[${dst}]` : dst}:${dport}`;
}

function count(groups: Map<string, Group>, key: string, seconds: number): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, { count: 1, longest: seconds, shortest: seconds });
  else {
    group.count++;
    if (seconds > group.longest) group.longest = seconds;
    if (seconds < group.shortest) group.shortest = seconds;
  }
}

function top(groups: ReadonlyMap<string, Group>, rows: number): TallyRow[] {
  return [...groups]
    .map(([key, { count, longest, shortest }]) => ({
      key,
      count,
      longestTimeout: longest,
      shortestTimeout: shortest,
    }))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
    .slice(0, rows);
}
