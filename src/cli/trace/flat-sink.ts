import { FlatText, LatencyTable, latencyText, styleOf, traceSummary } from '../../render/index.ts';
import type { Context } from '../command.ts';
import { gathered } from '../drops/gathered.ts';
import { NARROWEST } from './block-sink.ts';
import { Outcomes } from './outcomes.ts';
import { tellReady } from './ready.ts';
import type { TraceOptions, TraceReport } from './trace-options.ts';

/** A line per hop, as it happens. */
export function flatSink(options: TraceOptions, { out, err }: Context): TraceReport {
  const style = styleOf(out.color);
  const { time, stack, caller } = options;
  const text = new FlatText({ style, time, stack: stack === true, caller: caller === true });
  const lines = gathered(out);
  const outcomes = new Outcomes(options.hints);
  const latency = options.latency ? new LatencyTable() : null;
  return {
    ready: probes => {
      tellReady(probes, options, err);
      out.write(text.header());
    },
    hop: step => lines.add(text.line(step)),
    count: journey => outcomes.add(journey),
    journey: journey => {
      latency?.add(journey);
      text.forget(journey.trail);
    },
    flush: lines.flush,
    end: end => {
      if (latency) out.write(`\n${latencyText(latency.rows(), style)}`);
      const account = { style: styleOf(err.color), columns: Math.max(NARROWEST, err.columns()) };
      err.write(traceSummary(end, outcomes.tally(), account));
    },
  };
}
