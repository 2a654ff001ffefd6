import type { Outcome, TraceEnd } from '../events/index.ts';
import { type Style, wrap } from './style.ts';
import { outcomeWord } from './trace-end-text.ts';

/** How often packets ended in one way; drops by reason. */
export interface TraceTally {
  readonly outcomes: ReadonlyMap<Outcome, number>;
  readonly reasons: readonly {
    readonly reason: string;
    readonly count: number;
    readonly meaning: string | null;
    readonly remedy: string | null;
  }[];
}

export interface SummaryOptions {
  readonly style: Style;
  readonly columns: number;
}

const MOST_PROBES = 8;

/** The account at the end of a run: what was followed, what became of it, and everything that was not seen. */
export function traceSummary(end: TraceEnd, tally: TraceTally, { style, columns }: SummaryOptions): string {
  const rows = [headOf(end, tally, style), ...lossRows(end, style), ...blindRows(end)];
  return [...rows, ...reasonRows(tally, columns, style)].map(row => `${row}\n`).join('');
}

function headOf(end: TraceEnd, { outcomes }: TraceTally, style: Style): string {
  const each = [...outcomes]
    .sort((a, b) => b[1] - a[1])
    .map(([outcome, count]) => `${count} ${outcomeWord(outcome)}`);
  const ends = each.length > 0 ? `: ${each.join(', ')}` : '';
  const lost = end.lost > 0 ? style.warn(`; ${plural(end.lost, 'record')} lost`) : '; no record lost';
  return `netwhy: ${style.bold(plural(end.trails, 'packet'))}, ${plural(end.hops, 'hop')} in ${end.seconds.toFixed(1)} s${ends}${lost}`;
}

function lossRows(end: TraceEnd, style: Style): string[] {
  const { lost, lostByProbe, notFollowed, evicted, recursionMisses } = end;
  const rows: string[] = [];
  if (lost > 0) {
    const worst = [...lostByProbe].sort((a, b) => b.lost - a.lost);
    const named = worst.slice(0, MOST_PROBES).map(({ function: name, lost: count }) => `${name} ${count}`);
    const rest = worst.length > MOST_PROBES ? ` and ${worst.length - MOST_PROBES} more probes` : '';
    rows.push(
      `lost because the buffer was full: ${named.length > 0 ? named.join(', ') + rest : `${lost} records`}. A narrower filter or --set tracepoints loses less`,
    );
  }
  if (notFollowed > 0)
    rows.push(`${plural(notFollowed, 'packet')} matched and could not be followed: too many at a time`);
  if (evicted > 0)
    rows.push(`${plural(evicted, 'packet')} given up while still there, to make room for newer ones`);
  if (recursionMisses > 0)
    rows.push(`${plural(recursionMisses, 'hop')} missed because a probe was already running on that CPU`);
  return rows.map(row => style.warn(`  ${row}`));
}

function blindRows({ attach, probes, xdp }: TraceEnd): string[] {
  const rows: string[] = [];
  if (attach === 'none') rows.push('  tracepoints only: what happens between them was not seen');
  if (probes.unprobeable.length > 0)
    rows.push(
      `  ${plural(probes.unprobeable.length, 'function')} could not be probed (--verbose lists them)`,
    );
  for (const { ifname, mode, netnsName } of xdp.filter(device => device.mode !== 'skb'))
    rows.push(
      `  ${ifname}${netnsName === null ? '' : ` in ${netnsName}`} has an XDP program (${mode}): packets that it drops or redirects were not seen`,
    );
  return rows;
}

function reasonRows({ reasons }: TraceTally, columns: number, style: Style): string[] {
  const width = Math.max(0, ...reasons.map(({ reason }) => reason.length));
  return [...reasons]
    .sort((a, b) => b.count - a.count)
    .flatMap(({ reason, count, meaning, remedy }) => {
      const start = `${String(count).padStart(8)}  ${reason.padEnd(width)}  `;
      const indent = ' '.repeat(start.length);
      const room = columns - start.length;
      const text = meaning === null ? [] : [wrap(meaning, room, indent)];
      const todo = remedy === null ? [] : [`${indent}${style.dim(wrap(remedy, room, indent))}`];
      return [`${start}${text.join('')}`.trimEnd(), ...todo];
    });
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
