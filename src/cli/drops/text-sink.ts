import { placeHint, reasonEntry } from '../../diagnose/index.ts';
import type { DropEvent } from '../../events/index.ts';
import {
  type DropTextOptions,
  dropHeader,
  dropHint,
  dropLine,
  dropStack,
  dropsSummary,
  type ReasonTally,
  styleOf,
} from '../../render/index.ts';
import type { Context } from '../command.ts';
import type { DropsOptions, ReportingSink } from '../commands/drops.ts';
import { gathered } from './gathered.ts';

/** A line per drop; what a reason means under its first drop; the account on standard error. */
export function textSink(options: DropsOptions, { out, err }: Context): ReportingSink {
  const text: DropTextOptions = { style: styleOf(out.color), columns: Math.max(80, out.columns()) };
  const lines = gathered(out);
  const tallies = new Map<string, { count: number; meaning: string | null }>();
  const tell = (drop: DropEvent): void => {
    lines.add(dropLine(drop, text));
    if (tally(tallies, drop) && options.hints) lines.add(hintOf(drop, text));
    if (options.stack) lines.add(dropStack(drop, text));
  };
  return {
    ready: ({ hasReason }) => {
      err.write(
        `netwhy: watching drops${hasReason ? '' : ' (this kernel gives no reasons: 5.17 does)'}; Ctrl-C ends\n`,
      );
      out.write(dropHeader(text));
    },
    drop: tell,
    flush: lines.flush,
    end: end =>
      err.write(dropsSummary(end, rowsOf(tallies), styleOf(err.color), Math.max(80, err.columns()))),
  };
}

/** True for the first drop of a reason. */
function tally(tallies: Map<string, { count: number; meaning: string | null }>, drop: DropEvent): boolean {
  if (drop.reason === null) return false;
  const key = drop.subsystem === 'core' ? drop.reason : `${drop.subsystem}:${drop.reason}`;
  const known = tallies.get(key);
  if (known) known.count++;
  else
    tallies.set(key, {
      count: 1,
      meaning: reasonEntry(drop.subsystem ?? 'core', drop.reason)?.meaning ?? null,
    });
  return known === undefined;
}

function rowsOf(tallies: ReadonlyMap<string, { count: number; meaning: string | null }>): ReasonTally[] {
  return [...tallies].map(([reason, { count, meaning }]) => ({ reason, count, meaning }));
}

function hintOf(drop: DropEvent, text: DropTextOptions): string {
  const entry = reasonEntry(drop.subsystem ?? 'core', drop.reason ?? '');
  return entry ? dropHint(entry.meaning, placeHint(drop) ?? entry.remedy, text) : '';
}
