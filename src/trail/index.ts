/**
 * trail: joins hops, looks and lineage into the journey of one packet, and says what became of it.
 *
 * Promises: a journey is plain data and does not know how it was recorded; events of one trail may come in any order
 * within the reader's delay; two packets are never joined; what cannot be known is `lost`, with a reason.
 */
export type { Journey, JourneyHop, JourneyNote, StageRun } from './journey.ts';
export { stageRuns } from './stage-runs.ts';
export { PATIENCE, type Patience, type TrailSink, Trails } from './trails.ts';
