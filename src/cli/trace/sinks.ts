import type { Context } from '../command.ts';
import { blockSink } from './block-sink.ts';
import { flatSink } from './flat-sink.ts';
import { jsonSink } from './json-sink.ts';
import type { TraceOptions, TraceReport } from './trace-options.ts';

/** One sink per form of output. */
export function sinkOf(options: TraceOptions, context: Context): TraceReport {
  if (options.json) return jsonSink(options, context);
  return options.flat ? flatSink(options, context) : blockSink(options, context);
}
