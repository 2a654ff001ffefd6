import { NetwhyError, type Unavailable } from '../base/index.ts';
import { ATTACH_FEATURES } from './feature-attach.ts';
import { HELPER_FEATURES } from './feature-helpers.ts';
import { MAP_FEATURES } from './feature-maps.ts';
import type { Feature, ProbeOptions } from './feature-row.ts';

/** Everything netwhy asks of a kernel: ways to attach, maps, helpers. Each is found out by trying it. */
export const FEATURES: readonly Feature[] = [...ATTACH_FEATURES, ...MAP_FEATURES, ...HELPER_FEATURES];

/** Probes one row of FEATURES by its `what`: "kprobe_multi", "map ringbuf", "helper loop in kprobe". */
export function probeFeature(what: string, options?: ProbeOptions): true | Unavailable {
  const row = FEATURES.find(one => one.what === what);
  if (row) return row.probe(options);
  throw new NetwhyError(`no such feature: ${what} (there are: ${FEATURES.map(one => one.what).join(', ')})`);
}
