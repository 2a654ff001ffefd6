import type { DropCount } from '../../events/index.ts';
import { dropsSummary, stacksText, styleOf } from '../../render/index.ts';
import type { Context } from '../command.ts';
import type { DropsOptions, ReportingSink } from '../commands/drops.ts';

const STACKS = 50;

/** Counts by kernel stack, printed at the end. */
export function stacksSink(options: DropsOptions, { out, err }: Context): ReportingSink {
  let last: readonly DropCount[] = [];
  return {
    ready: () => err.write('netwhy: counting drops by kernel stack; Ctrl-C ends and prints them\n'),
    counts: counts => {
      last = counts;
    },
    end: end => {
      out.write(stacksText(last, options.limit ?? STACKS, styleOf(out.color)));
      err.write(dropsSummary(end, [], styleOf(err.color), err.columns()));
    },
  };
}
