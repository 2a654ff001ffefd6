import type { BpfMap } from '../../load/index.ts';
import { STATE_AT, TRACKED_AT } from '../../probes/index.ts';
import type { Mapping } from '../../sys/index.ts';

/** From this share of the table on, the longest idle entries are taken back. */
const FULL = 0.75;
const KEEP = 0.5;
/** Entries that nothing has been seen of for so long belong to packets that were lost sight of. */
const IDLE_NS = 60e9;

/** The kernel's table of followed packets, kept from filling up. */
export class TrackedTable {
  evicted = 0;
  private readonly map: BpfMap;
  private readonly state: Mapping;

  constructor(map: BpfMap, state: Mapping) {
    this.map = map;
    this.state = state;
  }

  /** Packets followed just now. */
  get size(): number {
    return Number(this.state.view.getBigInt64(STATE_AT.tracked, true));
  }

  /** Takes back the oldest entries when the table is nearly full, and those long idle; returns their trails. */
  sweep(now: number): readonly number[] {
    const { maxEntries } = this.map.spec;
    const rows = [...this.map.entries()].map(([key, value]) => {
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
      const trail = view.getUint32(TRACKED_AT.trail, true);
      return { key, trail, lastSeen: Number(view.getBigUint64(TRACKED_AT.lastSeen, true)) };
    });
    rows.sort((a, b) => a.lastSeen - b.lastSeen);
    const over = rows.length > maxEntries * FULL ? rows.length - Math.floor(maxEntries * KEEP) : 0;
    const gone = rows.filter((row, index) => index < over || now - row.lastSeen > IDLE_NS);
    const trails = gone.filter(row => this.remove(row.key)).map(row => row.trail);
    this.evicted += Math.min(over, trails.length);
    return trails;
  }

  get nearlyFull(): boolean {
    return this.size > this.map.spec.maxEntries * FULL;
  }

  private remove(key: Uint8Array): boolean {
    if (!this.map.delete(key)) return false;
    Atomics.add(new BigInt64Array(this.state.buffer, STATE_AT.tracked, 1), 0, -1n);
    return true;
  }
}
