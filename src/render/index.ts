/**
 * render: events and findings to text and JSON.
 *
 * Promises: pure functions from data to strings; nothing is printed here. Text is plain unless a Style with colour
 * is handed in. JSON is one object per line, its shape fixed by docs/schema.
 */

export { type NotrackBlock, notrackText } from './conntrack-notrack-text.ts';
export { type ConntrackTextOptions, conntrackJson, conntrackText } from './conntrack-text.ts';
export { type Check, doctorJson, doctorText, type Examination } from './doctor.ts';
export { type CountColumns, type CountRow, countRows, countsTable } from './drop-counts-text.ts';
export { dropJson } from './drop-json.ts';
export { stacksText } from './drop-stacks-text.ts';
export { type DropTextOptions, dropHeader, dropHint, dropLine, dropStack } from './drop-text.ts';
export { dropsSummary, type ReasonTally } from './drops-summary.ts';
export { type ReasonRow, reasonsJson, reasonsText } from './reasons-text.ts';
export { ruleBlock, ruleJson, rulesSummary } from './rules-text.ts';
export { padTo, plainStyle, type Style, styleOf, wrap } from './style.ts';
export { type TraceTextOptions, traceBlock } from './trace-block.ts';
export { type FlatOptions, FlatText } from './trace-flat.ts';
export { hopJson, lineageJson, lookJson, noteJson, trailEndJson } from './trace-json.ts';
export { LatencyTable, latencyText, type StageLatency } from './trace-latency.ts';
export { type SummaryOptions, type TraceTally, traceSummary } from './trace-summary.ts';
export type { TimeForm } from './trace-time.ts';
export { verdictJson } from './verdict-json.ts';
export type { VerdictTextOptions } from './verdict-section.ts';
export { verdictText } from './verdict-text.ts';
