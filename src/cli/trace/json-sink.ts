import {
  hopJson,
  LatencyTable,
  lineageJson,
  lookJson,
  noteJson,
  styleOf,
  traceSummary,
  trailEndJson,
} from '../../render/index.ts';
import type { Context } from '../command.ts';
import { gathered } from '../drops/gathered.ts';
import { NARROWEST } from './block-sink.ts';
import { Outcomes } from './outcomes.ts';
import { tellReady } from './ready.ts';
import type { TraceOptions, TraceReport } from './trace-options.ts';

/** NDJSON: hops, looks and lineage as they happen, the end of each trail, an "end" object last. */
export function jsonSink(options: TraceOptions, { out, err }: Context): TraceReport {
  const lines = gathered(out);
  const outcomes = new Outcomes(options.hints);
  const latency = options.latency ? new LatencyTable() : null;
  return {
    ready: probes => tellReady(probes, options, err),
    hop: ({ hop }) => lines.add(hopJson(hop)),
    look: look => lines.add(lookJson(look)),
    lineage: event => lines.add(lineageJson(event)),
    count: journey => outcomes.add(journey),
    journey: journey => {
      latency?.add(journey);
      for (const note of journey.notes)
        lines.add(noteJson(note, journey.trail, journey.steps[note.at]!.hop.time));
      lines.add(trailEndJson(journey.end));
    },
    flush: lines.flush,
    end: end => {
      for (const row of latency?.rows() ?? []) lines.add(`${JSON.stringify(row)}\n`);
      lines.add(`${JSON.stringify(end)}\n`);
      lines.flush();
      const account = { style: styleOf(err.color), columns: Math.max(NARROWEST, err.columns()) };
      err.write(traceSummary(end, outcomes.tally(), account));
    },
  };
}
