/** Per-CPU totals of a probe, one cache line each, in one mapped array: what was seen, matched and lost. */
export const COUNTER_LINE = 64;
export const COUNTER_AT = { seen: 0, matched: 8, lost: 16, misses: 24 } as const;
export type CounterName = keyof typeof COUNTER_AT;
