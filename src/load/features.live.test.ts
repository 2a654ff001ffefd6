import { describe, expect, test } from 'vitest';
import { isUnavailable } from '../base/index.ts';
import { failOnLeaks } from '../sys/leak-test.ts';
import { mustHaveHelper } from './feature-helpers.ts';
import { FEATURES, probeFeature } from './index.ts';
import { kernelBtf } from './testdata/udp.ts';

failOnLeaks();

describe('every feature', () => {
  test.each(FEATURES.map(feature => [feature.what, feature] as const))('%s', (what, feature) => {
    const answer = feature.probe({ btf: kernelBtf });
    expect(feature.since).toMatch(/^\d+\.\d+$/);
    if (!isUnavailable(answer)) return expect(answer).toBe(true);
    expect(answer).toMatchObject({ what, since: feature.since });
    expect(answer.why.length).toBeGreaterThan(10);
    expect(answer.instead.length).toBeGreaterThan(5);
  });
});

test('what every supported kernel has is there', () => {
  for (const what of ['raw_tp', 'tp_btf', 'map ringbuf', 'helper probe_read_kernel in raw_tracepoint'])
    expect(probeFeature(what, { btf: kernelBtf })).toBe(true);
});

test('tells helpers that a program type does not have', () => {
  expect(() => mustHaveHelper('skb_vlan_push', 'raw_tracepoint')).toThrow(
    'raw_tracepoint programs have no bpf_skb_vlan_push',
  );
  expect(() => mustHaveHelper('skb_vlan_push', 'sched_cls')).not.toThrow();
});

test('names features that it does not know', () => {
  expect(() => probeFeature('time travel')).toThrow(
    'no such feature: time travel (there are: raw_tp, tp_btf',
  );
});
