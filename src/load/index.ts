/**
 * load (netwhy/load): turns blueprints into maps, programs and links in the running kernel, and reads what they send.
 *
 * Promises: everything returned is Disposable and leaves nothing behind, also when loading fails half-way or the
 * process dies; a program that the verifier refuses is shown with the line that decided, beside our own listing; what
 * this kernel or user cannot do is found out by trying, and said with its reason. Needs CAP_BPF and CAP_PERFMON.
 */
export { ATTACH, type AttachKind } from './attach-kinds.ts';
export type { Feature, ProbeOptions } from './feature-row.ts';
export { FEATURES, probeFeature } from './features.ts';
export { Link } from './link.ts';
export { type LoadOptions, load } from './load.ts';
export { Loaded } from './loaded.ts';
export { BpfMap } from './map.ts';
export { BpfProgram, type TestResult } from './program.ts';
export { RingReader } from './ring-reader.ts';
