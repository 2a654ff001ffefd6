import { readText } from './read-file.ts';
import { sysctlNumber } from './sysctl.ts';

/** The connection table of the calling thread's network namespace. */
export interface ConntrackTable {
  readonly count: number;
  /** Limit of each namespace; only the first one can set it. */
  readonly max: number;
  /** Packets dropped because there was no room, since boot, over all CPUs. */
  readonly dropped: number;
}

/** undefined when nf_conntrack is not loaded: nothing here tracks connections. */
export function conntrackTable(): ConntrackTable | undefined {
  const count = sysctlNumber('net.netfilter.nf_conntrack_count');
  const max = sysctlNumber('net.netfilter.nf_conntrack_max');
  if (count === undefined || max === undefined) return undefined;
  const stat = readText('/proc/thread-self/net/stat/nf_conntrack') ?? '';
  return { count, max, dropped: columnSum(stat, 'drop') };
}

/** Sum over the CPUs' rows of a /proc/net/stat file: a header of names, then rows of hex numbers. */
export function columnSum(stat: string, column: string): number {
  const [header = '', ...rows] = stat.trim().split('\n');
  const at = header.trim().split(/\s+/).indexOf(column);
  if (at < 0) return 0;
  return rows.reduce((sum, row) => sum + Number.parseInt(row.trim().split(/\s+/)[at] ?? '0', 16), 0);
}
