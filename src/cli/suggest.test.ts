import { expect, it } from 'vitest';
import { suggest } from './suggest.ts';

it('suggests what is at most two letters away, else lists all', () => {
  expect(suggest('dorps', ['drops', 'doctor'])).toBe('Did you mean drops?');
  expect(suggest('drop', ['drops', 'doctor'])).toBe('Did you mean drops?');
  expect(suggest('xyzzy', ['drops', 'doctor'])).toBe('There are: drops, doctor.');
});
