import { describe, expect, it } from 'vitest';
import { durationText } from './trace-time.ts';

describe('durationText', () => {
  it.each([
    [0, '0'],
    [740, '740 ns'],
    [999, '999 ns'],
    [1000, '1.00 µs'],
    [9994, '9.99 µs'],
    [9999, '10.0 µs'],
    [99_949, '99.9 µs'],
    [99_960, '100 µs'],
    [999_499, '999 µs'],
    [999_600, '1.00 ms'],
    [31_240_000, '31.2 ms'],
    [2_000_000_000, '2.00 s'],
    [59_990_000_000, '1.00 min'],
    [3_600_000_000_000, '60.0 min'],
    [-1500, '-1.50 µs'],
  ])('writes %i ns as %s', (ns, text) => expect(durationText(ns)).toBe(text));
});
