import {
  LatencyTable,
  latencyText,
  styleOf,
  type TraceTextOptions,
  traceBlock,
  traceSummary,
} from '../../render/index.ts';
import type { Context } from '../command.ts';
import { gathered } from '../drops/gathered.ts';
import { Outcomes } from './outcomes.ts';
import { tellReady } from './ready.ts';
import type { TraceOptions, TraceReport } from './trace-options.ts';

export const NARROWEST = 80;

/** A block per packet, printed when its way is over; the account on standard error. */
export function blockSink(options: TraceOptions, { out, err }: Context): TraceReport {
  const style = styleOf(out.color);
  const columns = (): number => Math.max(NARROWEST, out.columns());
  const lines = gathered(out);
  const outcomes = new Outcomes(options.hints);
  const latency = options.latency ? new LatencyTable() : null;
  const text = (): TraceTextOptions => ({
    style,
    columns: columns(),
    time: options.time,
    latency: options.latency === true,
  });
  return {
    ready: probes => tellReady(probes, options, err),
    count: journey => outcomes.add(journey),
    journey: journey => {
      latency?.add(journey);
      lines.add(`${traceBlock(journey, text())}\n`);
    },
    flush: lines.flush,
    end: end => {
      if (latency) out.write(`${latencyText(latency.rows(), style)}\n`);
      const account = { style: styleOf(err.color), columns: Math.max(NARROWEST, err.columns()) };
      err.write(traceSummary(end, outcomes.tally(), account));
    },
  };
}
