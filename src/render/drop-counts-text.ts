import type { DropCount } from '../events/index.ts';
import { reasonText, whereText } from './drop-text.ts';
import { padTo, type Style } from './style.ts';

/** A row of the table: drops alike, and how many came per second since the last look. */
export interface CountRow {
  readonly reason: string;
  readonly where: string;
  readonly ifname: string;
  readonly netns: string;
  readonly count: number;
  readonly perSecond: number;
}

export interface CountColumns {
  readonly style: Style;
  readonly rows: number;
  readonly columns: number;
}

/** Reason × function × interface × namespace: counts added up over what else the kernel told apart. */
export function countRows(
  counts: readonly DropCount[],
  before: ReadonlyMap<string, number>,
  seconds: number,
): { rows: readonly CountRow[]; totals: ReadonlyMap<string, number> } {
  const rows = new Map<string, Omit<CountRow, 'perSecond'>>();
  for (const drop of counts) {
    const row = rowOf(drop);
    const key = [row.reason, row.where, row.ifname, row.netns].join('\0');
    rows.set(key, { ...row, count: row.count + (rows.get(key)?.count ?? 0) });
  }
  const rated = [...rows].map(([key, row]) => ({
    ...row,
    perSecond: (row.count - (before.get(key) ?? 0)) / Math.max(seconds, 0.001),
  }));
  rated.sort((a, b) => b.perSecond - a.perSecond || b.count - a.count);
  return { rows: rated, totals: new Map([...rows].map(([key, row]) => [key, row.count])) };
}

function rowOf(drop: DropCount): Omit<CountRow, 'perSecond'> {
  return {
    reason: reasonText(drop),
    where: whereText(drop),
    ifname: drop.ifname ?? '-',
    netns: drop.netnsName ?? String(drop.netns ?? '-'),
    count: drop.count,
  };
}

const HEAD = { reason: 'REASON', where: 'FUNCTION', ifname: 'IFACE', netns: 'NETNS' } as const;
const NUMBER_WIDTH = 10;

/** Columns as wide as their widest cell; at most `rows` lines under the header. */
export function countsTable(rows: readonly CountRow[], { style, rows: most, columns }: CountColumns): string {
  const shown = rows.slice(0, most);
  const names = Object.keys(HEAD) as (keyof typeof HEAD)[];
  const widths = names.map(name => Math.max(HEAD[name].length, ...shown.map(row => row[name].length)));
  const numbers = (count: string, rate: string): string =>
    `${count.padStart(NUMBER_WIDTH)} ${rate.padStart(NUMBER_WIDTH)}  `;
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => padTo(cell, widths[i]!))
      .join('  ')
      .trimEnd();
  const head = style.bold((numbers('DROPS', 'PER SEC') + line(Object.values(HEAD))).slice(0, columns));
  const body = shown.map(row =>
    (numbers(String(row.count), row.perSecond.toFixed(1)) + line(names.map(name => row[name]))).slice(
      0,
      columns,
    ),
  );
  const more = rows.length > shown.length ? [style.dim(`${rows.length - shown.length} more rows`)] : [];
  return `${[head, ...body, ...more].join('\n')}\n`;
}
