import type { Unavailable } from '../../base/index.ts';
import type { LinkState } from '../routes/links.ts';

export type CounterGroup = 'snmp' | 'softnet' | 'neighbour' | 'xfrm' | 'link' | 'qdisc' | 'ethtool';

/** One counter at one moment. */
export interface Counter {
  readonly group: CounterGroup;
  /** Device, CPU or table that it belongs to; null for the namespace as a whole. */
  readonly of: string | null;
  /** As nstat prints it (UdpRcvbufErrors, TcpExtListenOverflows, Ip6InNoRoutes), or as its tool does (rx.dropped). */
  readonly name: string;
  readonly value: number;
  readonly source: string;
  /** Counts in 32 bits and starts over. */
  readonly wraps?: true;
}

/** All counters of a namespace at one moment, by `counterKey`. */
export interface CounterSnapshot {
  readonly netns: number;
  readonly netnsName: string;
  readonly time: string;
  readonly counters: ReadonlyMap<string, Counter>;
  /** Interfaces, without addresses; [] when only files were read. */
  readonly links: readonly LinkState[];
  /** Groups that could not be read, with the reason. */
  readonly missing: readonly Unavailable[];
}

/** One counter that moved between two snapshots. */
export interface CounterDelta {
  readonly group: CounterGroup;
  readonly of: string | null;
  readonly name: string;
  readonly before: number;
  readonly after: number;
  /** Negative only for gauges, such as TcpCurrEstab. */
  readonly delta: number;
  readonly source: string;
}

export function counterKey({ group, of, name }: Pick<Counter, 'group' | 'of' | 'name'>): string {
  return `${group}|${of ?? ''}|${name}`;
}

const WORD = 2 ** 32;

/** What moved, in the later snapshot's order. A counter that was not there before (a new device) counts from zero. */
export function delta(before: CounterSnapshot, after: CounterSnapshot): CounterDelta[] {
  const moved: CounterDelta[] = [];
  for (const [key, counter] of after.counters) {
    const start = before.counters.get(key)?.value ?? 0;
    const difference = differenceOf(start, counter);
    if (difference === 0) continue;
    const { group, of, name, value, source } = counter;
    moved.push({ group, of, name, before: start, after: value, delta: difference, source });
  }
  return moved;
}

function differenceOf(start: number, { value, wraps }: Counter): number {
  const difference = value - start;
  return difference < 0 && wraps ? difference + WORD : difference;
}

/** How much one counter moved; 0 when it did not, undefined when it was not read. */
export function deltaOf(
  before: CounterSnapshot,
  after: CounterSnapshot,
  wanted: Pick<Counter, 'group' | 'of' | 'name'>,
): number | undefined {
  const key = counterKey(wanted);
  const counter = after.counters.get(key);
  return counter === undefined ? undefined : differenceOf(before.counters.get(key)?.value ?? 0, counter);
}
