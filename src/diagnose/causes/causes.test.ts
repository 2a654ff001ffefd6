import { describe, expect, it } from 'vitest';
import { FACTS, type FactName, isFactName } from '../facts/catalogue.ts';
import { judge } from '../judge/judge.ts';
import type { Verdict } from '../judge/verdict.ts';
import { type Case, ERAS, type Near } from '../testdata/case.ts';
import { LINK_CASES } from '../testdata/cases-link.ts';
import { NETFILTER_CASES } from '../testdata/cases-netfilter.ts';
import { PACKET_CASES } from '../testdata/cases-packet.ts';
import { ROUTING_CASES } from '../testdata/cases-routing.ts';
import { SOCKET_CASES } from '../testdata/cases-socket.ts';
import { evidenceOf, type Values } from '../testdata/evidence.ts';
import type { Condition } from './condition.ts';
import { causesPage } from './page.ts';
import { CAUSES } from './table.ts';

const CASES = [...NETFILTER_CASES, ...ROUTING_CASES, ...LINK_CASES, ...SOCKET_CASES, ...PACKET_CASES];

const IDS =
  `conntrack-table-full snat-ports-exhausted conntrack-invalid-reset conntrack-invalid-dropped netfilter-rule-drop
netfilter-policy-drop netfilter-reject rp-filter-strict martian-source no-route-output no-route-forward
forwarding-disabled route-type-drop neighbour-unresolved accept-queue-full udp-receive-buffer-full tcp-no-listener
udp-no-listener qdisc-limit link-no-carrier mtu-exceeded ttl-exceeded checksum-bad wrong-mac vlan-unknown
protocol-unknown socket-filter-drop cgroup-bpf-drop tc-drop fragment-lost app-closed-with-unread-data
app-reset-on-linger segment-after-timewait zero-window out-of-window nothing-dropped-here`.split(/\s+/);

function storyOf({ symptoms, facts }: Pick<Case, 'symptoms' | 'facts'>): Verdict {
  return judge(evidenceOf({ ...(symptoms ? { symptoms } : {}), ...(facts ? { facts } : {}) }));
}

/** The case as the near miss changes it; undefined takes a fact away. */
function changed(base: Case, near: Near): Verdict {
  const facts = Object.fromEntries(
    Object.entries({ ...base.facts, ...near.facts }).filter(([, value]) => value !== undefined),
  ) as Values;
  const symptoms = near.symptoms ?? base.symptoms;
  return storyOf({ ...(symptoms ? { symptoms } : {}), facts });
}

describe('the table', () => {
  it('has the ids that scripts and the lab name', () => {
    expect(CAUSES.map(({ id }) => id)).toEqual(IDS);
  });

  it('names only facts of the catalogue, in conditions and in slots', () => {
    const text = JSON.stringify(CAUSES);
    const slots = [...text.matchAll(/\{([a-z][\w]*\.[\w.]+)(?:\|\w+)?\}/g)].map(([, name]) => name!);
    const asked = [...text.matchAll(/"(?:fact|of|sameAs|differsFrom|inode)":"([^"]+)"/g)].map(
      ([, name]) => name!,
    );
    expect([...slots, ...asked].filter(name => !isFactName(name))).toEqual([]);
  });

  it('explains only causes that exist, and looks anywhere only for what is there', () => {
    for (const { explains = [] } of CAUSES) expect(explains.filter(id => !IDS.includes(id))).toEqual([]);
    const anywhere = conditionsOf(
      CAUSES.flatMap(({ when, sureIf = [] }) => [...when, ...sureIf.flatMap(row => row.all)]),
    );
    const absent = anywhere.filter(one => 'anywhere' in one && 'exists' in one && !one.exists);
    expect(absent).toEqual([]);
  });

  it('keeps slots that a shell reads inside quotes to numbers and plain words', () => {
    for (const { run } of CAUSES.flatMap(({ fix, check }) => [...fix.filter(one => !one.advice), ...check])) {
      const quoted = [...run.matchAll(/'([^']*)'|"([^"]*)"/g)].flatMap(([text]) => [
        ...text.matchAll(/\{([\w.]+)/g),
      ]);
      const names = quoted.map(([, name]) => name as FactName).filter(name => isFactName(name));
      const unsafe = names.filter(name => FACTS[name].type !== 'number' && name !== 'packet.protocol');
      expect(unsafe, run).toEqual([]);
    }
  });

  it('is the page in docs', async () => {
    await expect(causesPage()).toMatchFileSnapshot('../../../docs/causes.md');
  });
});

function conditionsOf(conditions: readonly Condition[]): Condition[] {
  return conditions.flatMap(one => {
    if ('any' in one) return conditionsOf(one.any);
    return 'all' in one ? conditionsOf(one.all) : [one];
  });
}

/** Kernels where a cause leaves nothing to see it by; none so far. */
describe.each(ERAS)('on %s', era => {
  it.each(IDS)('%s has a case', id => {
    expect(CASES.filter(one => one.is === id && one.on.includes(era)).length).toBeGreaterThan(0);
  });
});

describe.each(IDS)('%s', id => {
  const own = CASES.filter(one => one.is === id);

  it.each(own.map(one => [one.name, one] as const))('%s', (_, one) => {
    const verdict = storyOf(one);
    const [first] = verdict.causes;
    expect(first?.id).toBe(one.is);
    expect(first?.sure).toBe(one.sure);
    expect(first?.evidence.length).toBeGreaterThan(0);
    expect(`${first?.says}${first?.fix}${first?.check}`).not.toMatch(/\{[a-z]+\.|undefined|null/);
    expect(first!.check.length).toBeGreaterThan(0);
    expect(first!.fix.length > 0 || id === 'nothing-dropped-here').toBe(true);
    const certain = verdict.causes.filter(({ sure }) => sure === 'certain').map(cause => cause.id);
    const consequences = CAUSES.find(cause => cause.id === id)?.explains ?? [];
    expect(certain.filter(other => other !== id && !consequences.includes(other))).toEqual([]);
  });

  const near = own.flatMap(one =>
    (one.near ?? []).map(miss => [`${one.name}: ${miss.name}`, one, miss] as const),
  );
  it.each(near)('near miss: %s', (_, one, miss) => {
    const verdict = changed(one, miss);
    if (miss.is === 'unknown' || miss.is === 'healthy') expect(verdict.verdict).toBe(miss.is);
    else expect(verdict.causes[0]?.id).toBe(miss.is);
  });

  it('without what was read, is proven by its symptom or stays open', () => {
    for (const one of own.filter(({ symptoms }) => symptoms !== undefined)) {
      const verdict = storyOf({ symptoms: one.symptoms! });
      const bare = verdict.causes.find(cause => cause.id === id);
      if (bare?.sure === 'possible') {
        expect(verdict.verdict).not.toBe('healthy');
        expect(bare.settles.length + bare.unknown.length).toBeGreaterThan(0);
        expect(bare.fix).toEqual([]);
      }
    }
  });
});
