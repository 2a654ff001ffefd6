import type { TraceEnd } from '../../events/index.ts';
import type { TraceSink } from '../../session/index.ts';
import { replay } from './replay.ts';
import type { TraceOptions, TraceReport } from './trace-options.ts';

/** Everything is counted; what is shown, and how many, is the user's choice. */
export function chosen(report: TraceReport, options: TraceOptions, full: AbortController): TraceReport {
  return options.only ? held(report, options, full) : { ...report, ...counting(report) };
}

function counting(report: TraceReport): TraceSink {
  return {
    journey: journey => {
      report.count(journey);
      report.journey?.(journey);
    },
  };
}

/** Events are held back until it is known what became of their packet; the limit counts the packets shown. */
function held(
  report: TraceReport,
  { only = [], limit = Number.POSITIVE_INFINITY }: TraceOptions,
  full: AbortController,
): TraceReport {
  let shown = 0;
  return {
    ready: probes => report.ready?.(probes),
    count: journey => report.count(journey),
    journey: journey => {
      report.count(journey);
      if (shown >= limit || !only.includes(journey.end.outcome)) return;
      replay(journey, report);
      report.journey?.(journey);
      if (++shown === limit) full.abort();
    },
    flush: () => report.flush?.(),
    end: (end: TraceEnd) => report.end(full.signal.aborted ? { ...end, why: 'limit' } : end),
  };
}
