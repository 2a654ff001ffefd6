/**
 * render: events and findings to text and JSON.
 *
 * Promises: pure functions from data to strings; nothing is printed here. Text is plain unless a Style with colour
 * is handed in. JSON is one object per line, its shape fixed by docs/schema.
 */

export { type Check, doctorJson, doctorText, type Examination } from './doctor.ts';
export { type CountColumns, type CountRow, countRows, countsTable } from './drop-counts-text.ts';
export { dropJson } from './drop-json.ts';
export { stacksText } from './drop-stacks-text.ts';
export { type DropTextOptions, dropHeader, dropHint, dropLine, dropStack } from './drop-text.ts';
export { dropsSummary, type ReasonTally } from './drops-summary.ts';
export { type ReasonRow, reasonsJson, reasonsText } from './reasons-text.ts';
export { padTo, plainStyle, type Style, styleOf, wrap } from './style.ts';
export { verdictJson } from './verdict-json.ts';
export type { VerdictTextOptions } from './verdict-section.ts';
export { verdictText } from './verdict-text.ts';
