/**
 * collect/counters: what the kernel, the devices and the queues counted, and how much it moved.
 *
 * Promises: names are those that nstat, ip, tc and ethtool print; reading changes nothing; a group that cannot be
 * read is in `missing` with the reason, never silently zero. "Nothing moved" is therefore an answer.
 */
export {
  type Counter,
  type CounterDelta,
  type CounterGroup,
  type CounterSnapshot,
  counterKey,
  delta,
  deltaOf,
} from './counter.ts';
export { type DeviceChoice, type SnapshotOptions, snapshot } from './snapshot.ts';
