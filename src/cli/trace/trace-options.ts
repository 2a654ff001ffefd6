import type { Outcome, TraceEnd } from '../../events/index.ts';
import type { TimeForm } from '../../render/index.ts';
import type { TraceSink } from '../../session/index.ts';
import type { Journey } from '../../trail/index.ts';

/** Options of `netwhy trace`, as commander hands them over. */
export interface TraceOptions {
  readonly flat?: boolean;
  readonly json?: boolean;
  readonly stack?: boolean;
  readonly caller?: boolean;
  readonly latency?: boolean;
  readonly time: TimeForm;
  readonly only?: readonly Outcome[];
  readonly limit?: number;
  readonly duration?: number;
  readonly set: 'stages' | 'all' | 'tracepoints';
  readonly functions?: string;
  readonly exclude?: string;
  readonly modules?: readonly string[];
  readonly inner?: string;
  readonly netns?: readonly string[];
  readonly ifname?: readonly string[];
  readonly mark?: string;
  readonly hints: boolean;
  readonly verbose?: boolean;
  readonly dump?: boolean;
}

/** The sink of the command also counts packets that it does not show, and prints the account. */
export type TraceReport = TraceSink & {
  count(journey: Journey): void;
  end(end: TraceEnd): void;
};
