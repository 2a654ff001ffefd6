import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { judge, type Verdict } from '../diagnose/index.ts';
import { BENIGN_STORIES } from '../diagnose/testdata/benign.ts';
import { LINK_CASES } from '../diagnose/testdata/cases-link.ts';
import { NETFILTER_CASES } from '../diagnose/testdata/cases-netfilter.ts';
import { PACKET_CASES } from '../diagnose/testdata/cases-packet.ts';
import { ROUTING_CASES } from '../diagnose/testdata/cases-routing.ts';
import { SOCKET_CASES } from '../diagnose/testdata/cases-socket.ts';
import { evidenceOf, type Story, SYN, symptom } from '../diagnose/testdata/evidence.ts';
import { plainStyle, styleOf } from './style.ts';
import { verdictJson } from './verdict-json.ts';
import { verdictText } from './verdict-text.ts';

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
formats.default(ajv);
const schema = JSON.parse(
  readFileSync(new URL('../../docs/schema/verdict.schema.json', import.meta.url), 'utf8'),
);
const valid = ajv.compile(schema);

const CASES = [...NETFILTER_CASES, ...ROUTING_CASES, ...LINK_CASES, ...SOCKET_CASES, ...PACKET_CASES];
const STORIES: readonly Story[] = [...CASES, ...BENIGN_STORIES];
const VERDICTS = STORIES.map(({ symptoms, facts }) =>
  judge(evidenceOf({ ...(symptoms ? { symptoms } : {}), ...(facts ? { facts } : {}) })),
);

const full = {
  'ct.count': 262144,
  'ct.max': 262144,
  'ct.drop.delta': 37,
  'ct.insert_failed.delta': 0,
  'ct.drop.cpu': true,
} as const;
const refused = symptom({
  reason: 'NO_SOCKET',
  function: 'tcp_v4_rcv',
  count: 3,
  packet: { ...SYN, dport: 8200 },
});
const netfilter = symptom({ reason: 'NETFILTER_DROP', function: 'nf_hook_slow', count: 37 });
const UNSEEN = [
  { what: 'kernel functions', why: 'no kprobes in this kernel', instead: 'tracepoints are used' },
];

const SCREENS: Readonly<Record<string, Verdict>> = {
  problem: judge(
    evidenceOf({ symptoms: [netfilter, refused], facts: full, more: { unseen: UNSEEN, lost: 12 } }),
  ),
  unknown: judge(evidenceOf({ symptoms: [netfilter] })),
  unexplained: judge(evidenceOf({ symptoms: [symptom({ reason: 'XFRM_POLICY', function: 'xfrm_lookup' })] })),
  healthy: judge(
    evidenceOf({ facts: { 'ct.drop.delta': 0, 'softnet.dropped.delta': 0, 'retransmit.count': 0 } }),
  ),
  elsewhere: judge(evidenceOf({ facts: { 'retransmit.count': 30 } })),
  blind: judge(
    evidenceOf({
      more: {
        unseen: [{ what: 'drops', why: 'CAP_BPF is missing', instead: 'run as root', essential: true }],
      },
    }),
  ),
};

describe('text', () => {
  it.each(Object.entries(SCREENS))('%s', async (name, verdict) => {
    const text = verdictText(verdict, { style: plainStyle, columns: 100 });
    await expect(text).toMatchFileSnapshot(`testdata/verdict-${name}.txt`);
  });

  it.each([60, 80, 132])('fits %i columns, but for commands', columns => {
    for (const verdict of VERDICTS) {
      const lines = verdictText(verdict, { style: plainStyle, columns }).split('\n');
      const commands = new Set(verdict.causes.flatMap(({ fix, check }) => [...fix, ...check]));
      const long = lines.filter(line => line.length > columns && !commands.has(line.slice(14)));
      expect(long.filter(line => longestWord(line) < columns - 20)).toEqual([]);
    }
  });

  it('is one screen', () => {
    const longest = Math.max(
      ...VERDICTS.map(one => verdictText(one, { style: plainStyle, columns: 100 }).split('\n').length),
    );
    expect(longest).toBeLessThan(48);
  });

  it('with colour says the same', () => {
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
    for (const verdict of VERDICTS) {
      const colored = verdictText(verdict, { style: styleOf(true), columns: 90 });
      expect(colored).toContain('\u001b[');
      expect(colored.replace(escapes, '')).toBe(verdictText(verdict, { style: plainStyle, columns: 90 }));
    }
  });

  it('in full holds every cause, fix and piece of evidence', () => {
    for (const verdict of VERDICTS) {
      const text = verdictText(verdict, { style: plainStyle, columns: 4000, full: true });
      for (const { id, fix, evidence } of verdict.causes.filter(({ sure }) => sure !== 'possible')) {
        expect(text).toContain(id);
        for (const run of fix) expect(text).toContain(run);
        for (const { fact } of evidence) expect(text).toContain(`${fact} = `);
      }
    }
  });
});

function longestWord(line: string): number {
  return Math.max(...line.split(' ').map(word => word.length));
}

describe('json', () => {
  it('is one line that the schema takes', () => {
    for (const verdict of [...VERDICTS, ...Object.values(SCREENS)]) {
      const text = verdictJson(verdict);
      expect(text.match(/\n/g)).toHaveLength(1);
      valid(JSON.parse(text));
      expect(valid.errors ?? []).toEqual([]);
    }
  });

  it('the schema refuses what is not a verdict', () => {
    const good = JSON.parse(verdictJson(SCREENS.problem!));
    expect(valid({ ...good, verdict: 'fine' })).toBe(false);
    expect(valid({ ...good, extra: 1 })).toBe(false);
    expect(valid({ ...good, causes: [{ ...good.causes[0], fix: ['a\nb'] }] })).toBe(false);
    expect(valid({ ...good, lost: undefined })).toBe(false);
  });
});
