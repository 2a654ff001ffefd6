/**
 * session: choose, start, merge and stop collectors; between them and the commands.
 *
 * Promises: whatever ends a run (signal, limit, time, closed pipe, error), collectors are detached first and what
 * they still hold is handed on; every run ends with an account of what was seen, hidden and lost.
 */

export { type NotrackPort, type NotrackRules, notrackRules, parseNotrackPort } from './conntrack/notrack.ts';
export { type ConntrackRun, runConntrack } from './conntrack/run-conntrack.ts';
export { type Cleaning, cleanLeftovers, examine } from './doctor/examine.ts';
export { type DropRequest, dropConditionsOf } from './drops/drop-request.ts';
export { type DropSink, type DropsRun, runDrops } from './drops/run-drops.ts';
export { kernelReasons, type NumberedReason, RESET } from './kernel-reasons.ts';
export { Machine } from './machine.ts';
export { type Pace, pollUntil } from './poll.ts';
export { type RulesRun, type RulesSink, runRules, type WatchedRules } from './rules/run-rules.ts';
export { runTrace, type TraceSink } from './trace/run-trace.ts';
export type { TraceRequest } from './trace/trace-request.ts';
export { observe, runWhy, type WhySink } from './why/run-why.ts';
export type { WhyRequest } from './why/why-request.ts';
