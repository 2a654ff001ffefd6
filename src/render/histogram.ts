/** Buckets per power of two: a value is known to within 1/64 (1.6 %) of itself. */
const PARTS = 32;
const PART_BITS = 5;
/** 2^53 ns are 104 days. */
const BUCKETS = (53 - PART_BITS + 1) * PARTS;

/**
 * Durations counted in buckets that grow with the value: exact below 32 ns, and any quantile is within 1.6 % of the
 * true one. Takes 6 KiB however much is counted.
 */
export class Histogram {
  count = 0;
  max = 0;
  private readonly buckets: Uint32Array = new Uint32Array(BUCKETS);

  add(ns: number): void {
    const value = Math.max(0, Math.floor(ns));
    this.count++;
    if (value > this.max) this.max = value;
    this.buckets[bucketOf(value)]!++;
  }

  /** The value that this share (0 to 1) of all values does not exceed; 0 when nothing was counted. */
  quantile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.buckets[bucket]!;
      if (seen >= wanted) return Math.min(Math.floor(middleOf(bucket)), this.max);
    }
    return this.max;
  }
}

function bucketOf(value: number): number {
  if (value < PARTS) return value;
  const power = Math.floor(Math.log2(value));
  const exact = 2 ** power > value ? power - 1 : power;
  const shift = exact - PART_BITS;
  return Math.min(BUCKETS - 1, (shift + 1) * PARTS + Math.floor(value / 2 ** shift) - PARTS);
}

function middleOf(bucket: number): number {
  if (bucket < PARTS) return bucket;
  const shift = Math.floor(bucket / PARTS) - 1;
  const low = (PARTS + (bucket % PARTS)) * 2 ** shift;
  return low + (2 ** shift - 1) / 2;
}
