import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.ts';

const durations = fc.array(fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 1e9 }), fc.maxSafeNat()), {
  minLength: 1,
  maxLength: 300,
});

describe('Histogram', () => {
  it('knows every quantile within 1.6 %, and the maximum', () => {
    fc.assert(
      fc.property(durations, fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1), (values, share) => {
        const histogram = new Histogram();
        for (const value of values) histogram.add(value);
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.ceil(share * sorted.length) - 1]!;
        const found = histogram.quantile(share);
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact / 64 + 1);
        expect(histogram.max).toBe(sorted.at(-1));
        expect(histogram.count).toBe(values.length);
      }),
    );
  });

  it('counts what runs backwards as nothing, and an empty one as 0', () => {
    const histogram = new Histogram();
    expect(histogram.quantile(0.5)).toBe(0);
    histogram.add(-5);
    expect(histogram.quantile(0.5)).toBe(0);
    expect(histogram.count).toBe(1);
  });
});
