import type { Context } from '../command.ts';
import type { DropsOptions, ReportingSink } from '../commands/drops.ts';
import { jsonCountsSink, jsonSink } from './json-sink.ts';
import { stacksSink } from './stacks-sink.ts';
import { textSink } from './text-sink.ts';
import { topSink } from './top-sink.ts';

/** One sink per form of output. */
export function sinkOf(options: DropsOptions, context: Context): ReportingSink {
  const counting = options.top === true || options.byStack === true;
  if (options.json) return counting ? jsonCountsSink(context) : jsonSink(context);
  if (options.top) return topSink(options, context);
  if (options.byStack) return stacksSink(options, context);
  return textSink(options, context);
}
