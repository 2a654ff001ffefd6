import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FilterSyntaxError } from '../../base/index.ts';
import { REJECT_ALL } from '../cbpf.ts';
import { compilePlain } from './compile-plain.ts';
import { parsePlain } from './parse.ts';
import type { AddressWord, Carrier, Direction, Primitive, Syntax } from './syntax.ts';

const direction = fc.constantFrom<Direction>('src', 'dst', 'either', 'both');
const WORDS: Readonly<Record<Direction, string>> = {
  src: 'src',
  dst: 'dst',
  either: 'src or dst',
  both: 'src and dst',
};

interface Written {
  readonly text: string;
  readonly syntax: Syntax;
}

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const dotted = (value: number): string => [24, 16, 8, 0].map(bits => (value >>> bits) & 255).join('.');
const exactly = (value: number): AddressWord => ({ value, mask: 0xffff_ffff });
const groups = (value: number): string => `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`;

const host4 = fc.tuple(u32, direction).map(([value, way]): Written => {
  const carriers: Carrier[] = ['ip', 'arp', 'rarp'];
  const syntax: Primitive = { kind: 'address', carriers, direction: way, networks: [[exactly(value)]] };
  return { text: `${WORDS[way]} host ${dotted(value)}`, syntax };
});
const host6 = fc.tuple(fc.tuple(u32, u32, u32, u32), direction).map(([words, way]): Written => {
  const syntax: Primitive = {
    kind: 'address',
    carriers: ['ip6'],
    direction: way,
    networks: [words.map(exactly)],
  };
  return { text: `ip6 ${WORDS[way]} host ${words.map(groups).join(':')}`, syntax };
});
const net4 = fc.tuple(u32, fc.integer({ min: 0, max: 32 })).map(([address, bits]): Written => {
  const mask = bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
  const value = (address & mask) >>> 0;
  const syntax: Primitive = {
    kind: 'address',
    carriers: ['ip'],
    direction: 'either',
    networks: [[{ value, mask }]],
  };
  return { text: `ip net ${dotted(value)}/${bits}`, syntax };
});
const port = fc.integer({ min: 0, max: 65535 });
const ports = fc.tuple(port, port, direction).map(([a, b, way]): Written => {
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  const syntax: Primitive = { kind: 'ports', protocols: [17], direction: way, ranges: [{ low, high }] };
  return { text: `udp ${WORDS[way]} portrange ${a}-${b}`, syntax };
});
const words = fc.constantFrom<Written>(
  { text: 'tcp', syntax: { kind: 'protocol', carriers: ['ip', 'ip6'], number: 6 } },
  { text: 'icmp6', syntax: { kind: 'protocol', carriers: ['ip6'], number: 58 } },
  { text: 'arp', syntax: { kind: 'carrier', carrier: 'arp' } },
  { text: 'ip proto 47', syntax: { kind: 'protocol', carriers: ['ip'], number: 47 } },
  { text: 'proto \\udp', syntax: { kind: 'protocol', carriers: ['ip', 'ip6'], number: 17 } },
);

const { expression } = fc.letrec<{ expression: Written; simple: Written }>(tie => ({
  simple: fc.oneof(host4, host6, net4, ports, words),
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('simple'),
    tie('expression').map(of => ({
      text: `not (${of.text})`,
      syntax: { kind: 'not' as const, of: of.syntax },
    })),
    fc
      .tuple(tie('expression'), fc.constantFrom('and' as const, 'or' as const), tie('expression'))
      .map(([left, kind, right]) => ({
        text: `(${left.text}) ${kind === 'and' ? '&&' : 'or'} (${right.text})`,
        syntax: { kind, left: left.syntax, right: right.syntax },
      })),
  ),
}));

describe('plain filters', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(expression, ({ text, syntax }) => {
        expect(parsePlain(text)).toEqual(syntax);
      }),
      { numRuns: 1000 },
    );
  });

  it('bind "and" and "or" alike, from the left, "not" closest', () => {
    expect(parsePlain('tcp or udp and not arp or ip')).toEqual(
      parsePlain('((tcp or udp) and (not arp)) or ip'),
    );
  });

  it('take the qualifiers of the value before', () => {
    expect(parsePlain('dst port 80 or 443 and not 8080')).toEqual(
      parsePlain('dst port 80 or dst port 443 and not dst port 8080'),
    );
    expect(parsePlain('src host (10.0.0.1 or 10.0.0.2)')).toEqual(
      parsePlain('src host 10.0.0.1 or src host 10.0.0.2'),
    );
    expect(parsePlain('src 10.0.0.1')).toEqual(parsePlain('src host 10.0.0.1'));
  });

  it('know networks in every spelling', () => {
    const spellings = [
      'net 10',
      'net 10.0.0.0/8',
      'net 10/8',
      'net 10.0.0.0 mask 255.0.0.0',
      'src or dst net 10',
    ];
    for (const text of spellings) expect(parsePlain(text)).toEqual(parsePlain('net 10'));
    expect(parsePlain('host ::ffff:192.0.2.7')).toEqual(parsePlain('host 0:0:0:0:0:ffff:c000:0207'));
  });

  const wrong: readonly [text: string, position: number, expected: RegExp][] = [
    ['', 0, /expected host, net/],
    ['tcp and prt 80', 8, /expected host.*not "prt"/],
    ['tcp port', 8, /expected a port number at the end/],
    ['tcp port http', 9, /expected a port number, not "http"/],
    ['port 65536', 5, /expected a port number/],
    ['portrange 80-x', 10, /expected two port numbers/],
    ['host example.com', 5, /expected an IPv4 or IPv6 address, not "example.com"/],
    ['host 10', 5, /expected an IPv4 or IPv6 address/],
    ['host 1::2::3', 5, /expected an IPv4 or IPv6 address/],
    ['net 10.0.0.1/24', 4, /bits set outside its mask/],
    ['net 10.0.0.0/33', 4, /prefix length of at most 32/],
    ['net 2001:db8::/129', 4, /prefix length of at most 128/],
    ['net 10.0.0.0 mask x', 18, /expected an IPv4 netmask/],
    ['net 10.1.0.0 mask 255', 4, /bits set outside its mask/],
    ['(tcp', 4, /expected "\)", "and" or "or" at the end/],
    ['tcp udp', 4, /expected "and" or "or", not "udp"/],
    ['tcp)', 3, /expected "and" or "or", not "\)"/],
    ['ip6 host 10.0.0.1', 9, /"ip6 host" does not go with this address/],
    ['icmp port 80', 0, /"icmp" has no ports/],
    ['ip proto x', 9, /expected a protocol number/],
    ['tcp proto 6', 0, /"proto" goes with "ip" or "ip6"/],
    ['80', 0, /expected host/],
    ['tcp or 80', 7, /expected host/],
    ['vlan 100', 0, /expected host/],
  ];
  it.each(wrong)('%j is refused at %i', (text, position, expected) => {
    let error: unknown;
    try {
      parsePlain(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(FilterSyntaxError);
    expect((error as FilterSyntaxError).position).toBe(position);
    expect((error as FilterSyntaxError).message).toMatch(expected);
  });

  it('show the place under the text', () => {
    expect(() => parsePlain('tcp and prt 80')).toThrow('\n  tcp and prt 80\n          ^');
  });

  it('never come to anything but syntax or a syntax error', () => {
    const pieces = fc.constantFrom(
      ...'( ) not and or && || ! tcp ip6 src dst host net port portrange proto 80 10.0.0.1 10/8 ::1 1-2 mask \\tcp'.split(
        ' ',
      ),
      '\u{1f600}',
      '[',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), parts => {
        try {
          parsePlain(parts.join(' '));
        } catch (error) {
          expect(error).toBeInstanceOf(FilterSyntaxError);
        }
      }),
      { numRuns: 5000 },
    );
    expect(() => parsePlain('('.repeat(10_000))).toThrow(FilterSyntaxError);
    expect(() => parsePlain('not '.repeat(1_000))).toThrow(/nested too deeply/);
    expect(() => parsePlain(`tcp${' or tcp and tcp'.repeat(1000)}`)).toThrow(/more than 2000 words/);
    expect(compilePlain(`tcp${' or tcp and udp'.repeat(450)}`).rawIp).toEqual(REJECT_ALL);
  });
});
