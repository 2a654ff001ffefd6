import { compareVersions, type KernelVersion, parseKernelVersion } from '../../base/index.ts';

/** One CPU's row of /proc/net/stat/nf_conntrack, by the header's names. */
export interface ConntrackCpu {
  readonly cpu: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** The whole file. `entries` is the namespace's, printed again on each row. */
export interface ConntrackStat {
  /** In the file's order. */
  readonly columns: readonly string[];
  readonly entries: number;
  readonly cpus: readonly ConntrackCpu[];
}

/** undefined when the text has no header. Rows are the possible CPUs in order, numbers hexadecimal. */
export function parseConntrackStat(text: string): ConntrackStat | undefined {
  const [header = '', ...rows] = text.split('\n').filter(line => line.trim() !== '');
  const columns = header.trim().split(/\s+/);
  if (columns[0] !== 'entries') return undefined;
  const cpus = rows.map((row, cpu) => ({ cpu, counts: countsOf(row, columns) }));
  return { columns, entries: cpus[0]?.counts.entries ?? 0, cpus };
}

function countsOf(row: string, columns: readonly string[]): Record<string, number> {
  const words = row.trim().split(/\s+/);
  return Object.fromEntries(columns.map((name, at) => [name, Number.parseInt(words[at] ?? '0', 16)]));
}

const WORD = 2 ** 32;

/** How far each CPU's columns moved; counters are 32 bits wide and start over. `entries` is left out. */
export function conntrackDelta(before: ConntrackStat, after: ConntrackStat): ConntrackCpu[] {
  return after.cpus.map(({ cpu, counts }) => ({
    cpu,
    counts: Object.fromEntries(
      Object.entries(counts)
        .filter(([name]) => name !== 'entries')
        .map(([name, value]) => {
          const moved = value - (before.cpus[cpu]?.counts[name] ?? 0);
          return [name, moved < 0 ? moved + WORD : moved];
        }),
    ),
  }));
}

/** A column over all CPUs; undefined when this kernel's file has none of that name. */
export function sumOf(cpus: readonly ConntrackCpu[], column: string): number | undefined {
  const values = cpus.flatMap(({ counts }) => (counts[column] === undefined ? [] : [counts[column]]));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

/** CPUs whose column moved: a packet that was dropped on one of them may have been dropped by conntrack. */
export function cpusWith(cpus: readonly ConntrackCpu[], column: string): number[] {
  return cpus.filter(({ counts }) => (counts[column] ?? 0) > 0).map(({ cpu }) => cpu);
}

/** Counting of every new and every lookup was given up for speed (nf_conntrack_standalone.c, 4.9). */
const STOPPED_4_9 = ['searched', 'new', 'delete', 'delete_list'];
const CLASHES = 'clashres';

/**
 * Columns that are printed but always zero. Read off the header first, because distributions backport columns;
 * the version only tells the two eras apart whose headers are the same.
 */
export function deadColumns(columns: readonly string[], kernel: KernelVersion): ReadonlySet<string> {
  const dead = columns.includes(CLASHES)
    ? [...STOPPED_4_9, 'ignore']
    : compareVersions(kernel, FIRST_WITHOUT_NEW) < 0
      ? []
      : STOPPED_4_9;
  return new Set(dead.filter(name => columns.includes(name)));
}

const FIRST_WITHOUT_NEW = parseKernelVersion('4.9')!;
