/**
 * collect/conntrack: the connection table of a namespace: how full, how it is doing, what is in it.
 *
 * Promises: columns are found by their names, those of every kernel since 2.6 and of backports; a column that the
 * kernel prints but no longer counts is told apart from one that is zero. Per-CPU movements are kept, because a
 * dropped packet names its CPU. Nothing is changed; entries need conntrack(8).
 */
export { dumpEntries, type FlowKey, flowEntries } from './dump.ts';
export { type ConntrackEntry, type ConntrackTuple, parseEntry } from './entry.ts';
export { NewConnections } from './new-connections.ts';
export {
  type ConntrackCpu,
  type ConntrackStat,
  conntrackDelta,
  cpusWith,
  deadColumns,
  parseConntrackStat,
  sumOf,
} from './stat.ts';
export { type ConntrackState, conntrackState, conntrackStates, fillOf } from './state.ts';
export { EntryTally, isTranslated } from './tally.ts';
