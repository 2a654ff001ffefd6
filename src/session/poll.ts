import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

/** How often a buffer is looked at. */
export interface Pace {
  /** Milliseconds between looks while little happens. */
  readonly idleMs: number;
  /** From this many records in one look on, the next one follows at once. */
  readonly busyRecords: number;
}

const PACE: Pace = { idleMs: 20, busyRecords: 512 };

/** Calls `poll` (which answers how many records it took) until `stop` is aborted or `done` says so. */
export async function pollUntil(
  poll: () => number,
  done: () => boolean,
  stop: AbortSignal,
  pace: Pace = PACE,
): Promise<void> {
  while (!stop.aborted && !done()) {
    const busy = poll() >= pace.busyRecords;
    await (busy ? nextTurn() : pause(pace.idleMs, stop));
  }
}

/** Ends early, and quietly, when `stop` is aborted. */
export async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: stop }).catch(() => undefined);
}
