import { describe, expect, it } from 'vitest';
import { collect, parseCount } from './count.ts';
import { parseDuration } from './duration.ts';

describe('options', () => {
  it.each([
    ['10', 10_000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
  ])('reads %s as %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '0', '-1', 'ten', '5 s', '5d', '1e3', 'NaN'])('refuses the duration "%s"', text => {
    expect(() => parseDuration(text)).toThrow(/Write it as/);
  });

  it.each(['0', '-3', '1.5', '', 'x', '9007199254740993'])('refuses the count "%s"', text => {
    expect(() => parseCount(text)).toThrow(/whole number/);
  });

  it('collects repeated options and lists', () => {
    expect(collect('a,b', collect('c'))).toEqual(['c', 'a', 'b']);
  });
});
