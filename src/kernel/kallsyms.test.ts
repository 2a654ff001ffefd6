import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnavailable } from '../base/index.ts';
import { Kallsyms } from './kallsyms.ts';

const recorded = readFileSync(new URL('testdata/kallsyms-6.18.txt', import.meta.url));

const CORE = [
  '0000000000000000 A fixed_percpu_data',
  'ffffffff81000000 T _stext',
  'ffffffff81000000 T _text',
  'ffffffff81000100 t static_one',
  'ffffffff81000180 W weak_one',
  'ffffffff81000200 T _etext',
  'ffffffff82000000 D some_data',
];
const MODULES = [
  'ffffffffc0402040 t nft_later\t[nf_tables]',
  'ffffffffc0402000 t nft_first\t[nf_tables]',
  'ffffffffc0402100 d nft_data\t[nf_tables]',
  'ffffffffc0300010 t veth_b\t[veth]',
  'ffffffffc0300000 T veth_a\t[veth]',
  'ffffffffc0300010 t veth_b_alias\t[veth]',
  'ffffffffc0500000 t static_one\t[zz]',
];

function over(...lines: string[]): Kallsyms {
  return new Kallsyms({ read: () => Buffer.from(`${lines.join('\n')}\n`) });
}

function textOf(kallsyms: Kallsyms, address: bigint): string | undefined {
  const at = kallsyms.lookup(address);
  return at && `${at.name}+${at.offset}/${at.size ?? '?'}${at.module === null ? '' : ` [${at.module}]`}`;
}

describe('Kallsyms', () => {
  it.each([
    [0xffffffff81000000n, '_stext+0/256'],
    [0xffffffff810000ffn, '_stext+255/256'],
    [0xffffffff81000100n, 'static_one+0/128'],
    [0xffffffff81000181n, 'weak_one+1/128'],
    [0xffffffffc0300005n, 'veth_a+5/16 [veth]'],
    [0xffffffffc0300014n, 'veth_b+4/? [veth]'],
    [0xffffffffc040203fn, 'nft_first+63/64 [nf_tables]'],
    [0xffffffffc0402041n, 'nft_later+1/? [nf_tables]'],
  ])('names %s', (address, expected) => {
    expect(textOf(over(...CORE, ...MODULES), address)).toBe(expected);
  });

  it.each([0n, 1n, 0x7fffffffffffn, 0xffffffff80fffffen, 0xffffffff82000000n, 0xffffffffffffffffn])(
    'knows no function at %s',
    address => {
      expect(over(...CORE, ...MODULES).lookup(address)).toBeUndefined();
    },
  );

  it('answers by the halves of an address, the second time with the same object', () => {
    const kallsyms = over(...CORE);
    const first = kallsyms.lookupParts(0xffffffff, 0x81000105);
    expect(first).toMatchObject({ name: 'static_one', offset: 5 });
    expect(kallsyms.lookupParts(0xffffffff, 0x81000105)).toBe(first);
  });

  it('finds every address of a name, also above 2^63', () => {
    const found = over(...CORE, ...MODULES).symbolAddresses(['static_one', 'veth_a', 'nobody', 'some_data']);
    expect([...found]).toEqual([
      ['static_one', [0xffffffff81000100n, 0xffffffffc0500000n]],
      ['veth_a', [0xffffffffc0300000n]],
    ]);
  });

  it('reads nothing before the first question', () => {
    let readings = 0;
    const read = (): Uint8Array => {
      readings++;
      return Buffer.from(CORE.join('\n'));
    };
    const kallsyms = new Kallsyms({ read });
    expect(readings).toBe(0);
    kallsyms.lookup(0xffffffff81000100n);
    kallsyms.lookup(0xffffffff81000101n);
    expect(readings).toBe(1);
  });

  it('reads again after a miss, at most once a second, and rarer when that does not help', () => {
    let lines = CORE;
    let readings = 0;
    let now = 0;
    const read = (): Uint8Array => {
      readings++;
      return Buffer.from(lines.join('\n'));
    };
    const kallsyms = new Kallsyms({ read, now: () => now });
    const program = 0xffffffffc0600010n;
    expect(kallsyms.lookup(program)).toBeUndefined();
    lines = [...CORE, 'ffffffffc0600000 t bpf_prog_0123_x\t[bpf]'];
    now = 999;
    expect(kallsyms.lookup(program)).toBeUndefined();
    expect(readings).toBe(1);
    now = 1001;
    expect(kallsyms.lookup(program)).toMatchObject({ name: 'bpf_prog_0123_x', module: 'bpf' });
    expect(readings).toBe(2);
    for (; now < 20_000; now += 100) kallsyms.lookup(0x1n);
    expect(readings).toBeLessThan(8);
  });

  it('says that addresses are hidden, and what to do', () => {
    const kallsyms = over('0000000000000000 T _stext', '0000000000000000 t static_one');
    expect(kallsyms.problem()).toMatchObject({
      kind: 'unavailable',
      instead: expect.stringContaining('CAP_SYSLOG'),
    });
    expect(kallsyms.lookup(0xffffffff81000000n)).toBeUndefined();
    expect(kallsyms.symbolAddresses(['_stext']).size).toBe(0);
  });

  it('says that there is no file', () => {
    const kallsyms = new Kallsyms({
      read: () => {
        throw new Error("ENOENT: no such file or directory, open '/proc/kallsyms'");
      },
    });
    expect(isUnavailable(kallsyms.problem())).toBe(true);
    expect(kallsyms.problem()?.why).toContain('ENOENT');
  });

  it('agrees with a plain reading of a recorded table', () => {
    const kallsyms = new Kallsyms({ read: () => recorded });
    for (const line of recorded.toString().trim().split('\n')) {
      const [address, type, name] = line.split(/[ \t]/) as [string, string, string];
      if (!'tTwW'.includes(type)) continue;
      expect(kallsyms.symbolAddresses([name]).get(name)).toContain(BigInt(`0x${address}`));
    }
  });

  it('takes any bytes for a table without falling over', () => {
    const damaged = fc.array(fc.oneof(fc.constantFrom(...CORE, ...MODULES), fc.string({ maxLength: 60 })));
    fc.assert(
      fc.property(damaged, fc.nat(400), (lines, cut) => {
        const text = Buffer.from(lines.join('\n'));
        const kallsyms = new Kallsyms({ read: () => text.subarray(0, Math.max(0, text.length - cut)) });
        kallsyms.lookup(0xffffffff81000100n);
        return kallsyms.count >= 0;
      }),
    );
  });
});

describe('sorting', () => {
  it('gives the same answers for any order of modules', () => {
    const places = MODULES.map(line => BigInt(`0x${line.slice(0, 16)}`) + 3n);
    const answers = (kallsyms: Kallsyms): unknown[] =>
      places.map(place => {
        const at = kallsyms.lookup(place);
        return [at?.offset, at?.size, at?.module];
      });
    const expected = answers(over(...CORE, ...MODULES));
    fc.assert(
      fc.property(fc.shuffledSubarray(MODULES, { minLength: MODULES.length }), modules => {
        expect(answers(over(...modules, ...CORE))).toEqual(expected);
      }),
    );
  });

  it('falls back to comparing where addresses lie too far apart to pack', () => {
    const far = ['ffff800000000000 T low', ...CORE, ...MODULES, 'ffff800000000100 T low_too'];
    expect(textOf(over(...far), 0xffff800000000040n)).toBe('low+64/256');
    expect(textOf(over(...far), 0xffffffffc0300005n)).toBe('veth_a+5/16 [veth]');
  });
});
