/**
 * collect: one folder per source of events and facts; each starts a probe or a reader, and stops it.
 *
 * Promises: a collector costs nothing before it is started and leaves nothing behind when it is disposed. What it
 * cannot see on this kernel is an Unavailable value that says why. What was lost is counted and told.
 */

export { BorrowedSocket } from './borrowed-socket/borrowed-socket.ts';
export * from './conntrack/index.ts';
export * from './counters/index.ts';
export { type DropsTotals, DropsWatch, type WatchOptions } from './drops/drops-watch.ts';
export { type BenignJudge, KernelNames, type NameSources } from './drops/kernel-names.ts';
export { commandPrefix, inside, runInside } from './inside.ts';
export * from './kernel-log/index.ts';
export * from './netfilter/index.ts';
export { type Place, type Read, type Reading, readingOf } from './reading.ts';
export * from './resets/index.ts';
export * from './routes/index.ts';
export { Sightings } from './sightings/sightings.ts';
export * from './sockets/index.ts';
export type { AttachProgress } from './trace/attach-functions.ts';
export { type AttachMode, attachMode } from './trace/attach-mode.ts';
export type { ProbeSetRequest } from './trace/probe-set.ts';
export {
  type TraceProbes,
  type TraceTotals,
  TraceWatch,
  type TraceWatchOptions,
} from './trace/trace-watch.ts';
