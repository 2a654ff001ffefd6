import { hashOf } from './string-table.ts';
import type { TypeTable } from './type-table.ts';

/**
 * (kind, name) → ids of one table: buckets of chained ids in two Int32Arrays. Building compares no names and makes
 * no strings, so that duplicates and colliding names cost nothing there.
 */
export class NameIndex {
  readonly #table: TypeTable;
  readonly #mask: number;
  /** Lowest id of a bucket, 0 for none. */
  readonly #heads: Int32Array;
  /** Next higher id of the same bucket, by id - firstId. */
  readonly #next: Int32Array;

  constructor(table: TypeTable) {
    const count = table.typeCount - table.firstId;
    const size = 1 << Math.ceil(Math.log2(Math.max(count, 1) + 1));
    this.#table = table;
    this.#mask = size - 1;
    this.#heads = new Int32Array(size);
    this.#next = new Int32Array(count);
    this.#fill();
  }

  // Downwards, so that a chain lists the lowest id first.
  #fill(): void {
    const { words, strings, firstId, typeCount } = this.#table;
    for (let id = typeCount - 1; id >= firstId; id--) {
      const name = words[this.#table.startOf(id)]!;
      if (name === 0) continue;
      const bucket = this.#bucketOf(strings.hash(name), this.#table.kindOf(id));
      this.#next[id - firstId] = this.#heads[bucket]!;
      this.#heads[bucket] = id;
    }
  }

  /** Lowest id with this kind and name, or the next one above `after`; 0 for none. */
  find(kind: number, name: Uint8Array, after = 0): number {
    const { words, strings, firstId } = this.#table;
    let id = after === 0 ? this.#heads[this.#bucketOf(hashOf(name), kind)]! : this.#next[after - firstId]!;
    while (id !== 0) {
      if (this.#table.kindOf(id) === kind && strings.equals(words[this.#table.startOf(id)]!, name)) return id;
      id = this.#next[id - firstId]!;
    }
    return 0;
  }

  #bucketOf(hash: number, kind: number): number {
    const mixed = Math.imul(hash ^ kind, 0x9e3779b1);
    return (mixed ^ (mixed >>> 15)) & this.#mask;
  }
}
