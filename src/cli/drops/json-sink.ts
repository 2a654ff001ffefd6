import type { DropCount } from '../../events/index.ts';
import { dropJson, dropsSummary, styleOf } from '../../render/index.ts';
import type { Context } from '../command.ts';
import type { ReportingSink } from '../commands/drops.ts';
import { gathered } from './gathered.ts';

/** NDJSON: a line per drop, an "end" object last. */
export function jsonSink({ out, err }: Context): ReportingSink {
  const lines = gathered(out);
  return {
    ready: () => err.write('netwhy: watching drops; Ctrl-C ends\n'),
    drop: drop => lines.add(dropJson(drop)),
    flush: lines.flush,
    end: end => {
      out.write(`${JSON.stringify(end)}\n`);
      err.write(dropsSummary(end, [], styleOf(err.color), err.columns()));
    },
  };
}

/** NDJSON of counts: printed once, at the end. */
export function jsonCountsSink({ out, err }: Context): ReportingSink {
  let last: readonly DropCount[] = [];
  return {
    ready: () => err.write('netwhy: counting drops; Ctrl-C ends\n'),
    counts: counts => {
      last = counts;
    },
    end: end => {
      const sorted = [...last].sort((a, b) => b.count - a.count);
      const lines = sorted.map(row => JSON.stringify({ type: 'drop-count', time: end.time, ...row }));
      out.write([...lines, JSON.stringify(end), ''].join('\n'));
      err.write(dropsSummary(end, [], styleOf(err.color), err.columns()));
    },
  };
}
