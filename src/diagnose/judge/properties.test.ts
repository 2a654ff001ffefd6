import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FACT_NAMES } from '../facts/catalogue.ts';
import type { Fact } from '../facts/fact.ts';
import { LINK_CASES } from '../testdata/cases-link.ts';
import { NETFILTER_CASES } from '../testdata/cases-netfilter.ts';
import { PACKET_CASES } from '../testdata/cases-packet.ts';
import { ROUTING_CASES } from '../testdata/cases-routing.ts';
import { SOCKET_CASES } from '../testdata/cases-socket.ts';
import { evidenceOf, symptom, TIME } from '../testdata/evidence.ts';
import type { Evidence } from './evidence.ts';
import { judge } from './judge.ts';
import { questionsOf } from './questions.ts';
import type { Verdict } from './verdict.ts';

const CASES = [...NETFILTER_CASES, ...ROUTING_CASES, ...LINK_CASES, ...SOCKET_CASES, ...PACKET_CASES];
const STORIES = CASES.map(({ symptoms, facts }) =>
  evidenceOf({ ...(symptoms ? { symptoms } : {}), ...(facts ? { facts } : {}) }),
);

/** Several things wrong at once. Facts of one place replace each other, as they do when read twice. */
function together(stories: readonly Evidence[]): Evidence {
  const base = stories[0] ?? evidenceOf({});
  const incidents = new Map(stories.flatMap(story => story.incidents.map(one => [one.key, one])));
  return { ...base, incidents: [...incidents.values()], facts: stories.flatMap(story => story.facts) };
}

function certainOf(verdict: Verdict): string[] {
  return verdict.causes.filter(({ sure }) => sure === 'certain').map(({ id }) => id);
}

const someStories = fc.subarray(STORIES, { minLength: 1, maxLength: 6 }).map(together);

/** One fact of each name and place, so that taking one away uncovers no older one. */
function latestOnly(facts: readonly Fact[]): Fact[] {
  return [...new Map(facts.map(fact => [`${fact.name}${JSON.stringify(fact.about)}`, fact])).values()];
}

describe('properties', () => {
  it('taking facts away never makes another cause certain', () => {
    const withFewer = someStories.chain(evidence => {
      const facts = latestOnly(evidence.facts);
      return fc.subarray(facts).map(
        fewer =>
          [
            { ...evidence, facts },
            { ...evidence, facts: fewer },
          ] as const,
      );
    });
    fc.assert(
      fc.property(withFewer, ([all, fewer]) => {
        const before = certainOf(judge(all));
        const after = certainOf(judge(fewer)).filter(id => id !== 'nothing-dropped-here');
        expect(after.filter(id => !before.includes(id))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('the order of incidents, facts and namespaces does not matter', () => {
    const shuffled = someStories.chain(evidence =>
      fc.tuple(
        fc.constant(evidence),
        fc.shuffledSubarray([...evidence.incidents], { minLength: evidence.incidents.length }),
        fc.shuffledSubarray([...evidence.facts], { minLength: evidence.facts.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([evidence, incidents, facts]) => {
        expect(judge({ ...evidence, incidents, facts })).toEqual(judge(evidence));
      }),
      { numRuns: 80 },
    );
  });

  it('never throws, and what it says is JSON', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string()));
    const place = fc.record(
      { incident: fc.string(), netns: fc.nat(), ifname: fc.string() },
      { requiredKeys: [] },
    );
    const fact = fc.record({
      name: fc.constantFrom(...FACT_NAMES),
      value,
      about: place,
      source: fc.string(),
      time: fc.string(),
    });
    const odd = fc
      .tuple(someStories, fc.array(fact), fc.array(value, { maxLength: 8 }))
      .map(([evidence, facts, values]) => ({
        ...evidence,
        facts: [
          ...facts,
          ...evidence.facts.map((one, index) =>
            index < values.length ? { ...one, value: values[index]! } : one,
          ),
        ],
      }));
    fc.assert(
      fc.property(odd, evidence => {
        const verdict = judge(evidence);
        expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
        questionsOf(evidence);
      }),
      { numRuns: 100 },
    );
  });

  it('an unknown name in a fact is ignored', () => {
    const evidence = evidenceOf({ symptoms: [symptom({ reason: 'TCP_CSUM' })] });
    const odd = { name: 'no.such.fact', value: 1, about: {}, source: '', time: TIME } as unknown as Fact;
    expect(judge({ ...evidence, facts: [odd] })).toEqual(judge(evidence));
  });
});
