import type { DropCount } from '../../events/index.ts';
import { countRows, countsTable, dropsSummary, styleOf } from '../../render/index.ts';
import type { Context } from '../command.ts';
import type { DropsOptions, ReportingSink } from '../commands/drops.ts';

const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const WIDE = 10_000;

/** A table that is drawn over itself on a terminal; elsewhere only the last one. */
export function topSink(options: DropsOptions, { out, err }: Context): ReportingSink {
  const style = styleOf(out.color);
  let totals: ReadonlyMap<string, number> = new Map();
  let last: readonly DropCount[] = [];
  let at = performance.now();
  const started = at;
  const draw = (counts: readonly DropCount[]): void => {
    const now = performance.now();
    const rated = countRows(counts, totals, (now - at) / 1000);
    [totals, at] = [rated.totals, now];
    const rows = Math.min(options.limit ?? WIDE, out.rows() - 3);
    const table = countsTable(rated.rows, { style, rows, columns: out.columns() });
    const head = `netwhy drops: ${((now - started) / 1000).toFixed(0)} s; Ctrl-C ends`;
    out.write(`${HOME}${[head, ...table.split('\n')].join(`${CLEAR_LINE}\n`)}${CLEAR_BELOW}`);
  };
  return {
    ready: () =>
      out.terminal
        ? out.write(ENTER + HOME + CLEAR_BELOW)
        : err.write('netwhy: counting drops; Ctrl-C ends\n'),
    counts: counts => {
      last = counts;
      if (out.terminal) draw(counts);
    },
    end: end => {
      if (out.terminal) out.write(LEAVE);
      const { rows } = countRows(last, new Map(), end.seconds);
      const columns = out.terminal ? out.columns() : WIDE;
      out.write(countsTable(rows, { style, rows: options.limit ?? WIDE, columns }));
      err.write(dropsSummary(end, [], styleOf(err.color), err.columns()));
    },
  };
}
