import { describe, expect, it } from 'vitest';
import { type Check, doctorJson, doctorText, type Examination } from './doctor.ts';
import { plainStyle, styleOf } from './style.ts';

const row = (id: string, ok: Check['ok'], rest: Partial<Check> = {}): Check => ({
  id,
  title: id,
  ok,
  needed: false,
  found: '',
  ...rest,
});

const examination = (checks: readonly Check[], canSeeDrops = true): Examination => ({
  kernel: '6.12.117+deb12-amd64',
  distribution: 'Debian GNU/Linux 12 (bookworm)',
  user: 'root',
  canSeeDrops,
  checks,
});

const CHECKS: readonly Check[] = [
  row('btf', 'yes', { found: '100751 types' }),
  row('raw_tp', 'yes'),
  row('kprobe', 'no', { found: 'built without', costs: 'the way of a packet', do: 'another kernel' }),
  row('tracefs', 'degraded', { found: 'not mounted', do: 'mount it' }),
  row('tp_btf', 'yes'),
  row('ring', 'no', { needed: true, found: 'too old', costs: 'everything' }),
];

describe('doctorText', () => {
  it('answers first, then what is in the way by weight, then what is there', () => {
    expect(doctorText(examination(CHECKS, false), plainStyle, 80)).toBe(
      [
        'Drops can not be seen: kernel 6.12.117+deb12-amd64, Debian GNU/Linux 12',
        '(bookworm), as root.',
        '',
        '  no    ring            too old',
        '          costs: everything',
        '  no    kprobe          built without',
        '          costs: the way of a packet',
        '          do: another kernel',
        '  part  tracefs         not mounted',
        '          do: mount it',
        '',
        '  ok    btf             100751 types',
        '  ok    raw_tp, tp_btf',
        '',
      ].join('\n'),
    );
  });

  it('has no empty part when nothing is missing', () => {
    const text = doctorText(examination([row('btf', 'yes')]), plainStyle, 80);
    expect(text).toMatch(/^Drops can be seen: [\s\S]*\.\n\n {2}ok {4}btf\n$/);
  });

  it.each([60, 80, 110])('keeps within %i columns, whatever is said', columns => {
    const words = 'several words that go on and on '.repeat(12).trim();
    const long = [
      row('one', 'no', { found: words, costs: words, do: words }),
      row('two', 'yes', { found: words }),
    ];
    for (const line of doctorText(examination(long), plainStyle, columns).split('\n'))
      expect(line.length).toBeLessThanOrEqual(columns);
  });

  it('puts a list of titles that is too long for its column on a line of its own', () => {
    const same = ['kprobe', 'kprobe_multi', 'fentry, fexit'].map(id =>
      row(id, 'no', { found: 'x '.repeat(40).trim() }),
    );
    const lines = doctorText(examination(same), plainStyle, 80).split('\n');
    expect(lines[3]).toBe('  no    kprobe, kprobe_multi, fentry, fexit');
    expect(lines[4]).toMatch(/^ {10}x x/);
  });

  it('says the same in colour', () => {
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
    const coloured = doctorText(examination(CHECKS), styleOf(true), 80);
    expect(coloured).not.toBe(coloured.replace(escapes, ''));
    expect(coloured.replace(escapes, '')).toBe(doctorText(examination(CHECKS), plainStyle, 80));
  });
});

describe('doctorJson', () => {
  const time = '2026-01-31T12:00:00.000Z';

  it('is one object per check and an end that counts them', () => {
    const objects = doctorJson(examination(CHECKS, false), time)
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
    expect(objects).toHaveLength(CHECKS.length + 1);
    expect(objects[0]).toEqual({ type: 'check', time, ...CHECKS[0] });
    expect(objects.at(-1)).toMatchObject({
      type: 'end',
      time,
      canSeeDrops: false,
      checks: 6,
      degraded: 1,
      no: 2,
    });
  });
});
