/**
 * probes: the programs that run inside the kernel, one file per probe.
 *
 * Promises: a probe is a function of (BTF, options) to a Blueprint; it is assembled for the running kernel and for
 * just what was asked. Nothing is loaded here. Fields of kernel structures are found by name, never by number.
 * These programs declare "GPL", which the kernel's helpers require.
 * SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
 */
export { type DropsOptions, type DropsProbe, dropsProbe } from './drops/drops-probe.ts';
export type { AddressRange, DropConditions, NumberMatch } from './drops/matchers.ts';
export { blueprintOf, type ResetsOptions, type ResetsProbe, resetsProbe } from './resets/resets-probe.ts';
export {
  type SightingsOptions,
  type SightingsProbe,
  sightingsProbe,
} from './sightings/sightings-probe.ts';
export type { GateConditions } from './trace/gate-conditions.ts';
export {
  LOSS_COUNTERS,
  lossCounterOf,
  STATE_AT,
  TRACKED_AT,
  TRACKED_BYTES,
  type TraceMaps,
} from './trace/maps.ts';
export type {
  NumberedProbe,
  ProbedFunction,
  ProbedTracepoint,
} from './trace/probe-plan.ts';
export {
  GATE_FUNCTIONS,
  GRO_EXITS,
  LINEAGE_FUNCTIONS,
  SOCKET_TRACEPOINTS,
  STAGE_FUNCTIONS,
  STAGE_TRACEPOINTS,
  stageOf,
  type VerdictKind,
} from './trace/stages.ts';
export { type FunctionGroup, type TraceOptions, type TraceProbe, traceProbe } from './trace/trace-probe.ts';
