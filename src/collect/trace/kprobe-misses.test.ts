import { expect, it } from 'vitest';
import { missesIn } from './kprobe-misses.ts';

it('adds up what was missed by our own events', () => {
  const profile = `  fn_hop0_0_4711                                            12               2
  fn_hop0_0_4711                                             0               1
  fn_gate2_0_14711                                           7              30
  somebody_elses                                            40             500
`;
  expect(missesIn(profile, '_4711')).toBe(3);
  expect(missesIn('', '_4711')).toBe(0);
});
