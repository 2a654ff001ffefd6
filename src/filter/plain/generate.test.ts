import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCbpf, parseCbpf } from '../cbpf.ts';
import { interpret } from '../testdata/interpret.ts';
import { compilePlain } from './compile-plain.ts';
import { all, any, type Condition, not, type Test } from './condition.ts';
import { generate } from './generate.ts';

const PACKET = Uint8Array.from({ length: 64 }, (_, index) => index);

const test = fc.record({
  bytes: fc.constantFrom(1 as const, 2 as const, 4 as const),
  at: fc.integer({ min: 0, max: 60 }),
  mask: fc.constantFrom(0xff, 0xffff_ffff, 0x0f0f),
  op: fc.constantFrom('eq' as const, 'gt' as const, 'ge' as const, 'set' as const),
  value: fc.integer({ min: 0, max: 0xffff }),
});

const { condition } = fc.letrec<{ condition: Condition }>(tie => ({
  condition: fc.oneof(
    { depthSize: 'medium' },
    test,
    fc.array(tie('condition'), { maxLength: 5 }).map(of => all(...of)),
    fc.array(tie('condition'), { maxLength: 5 }).map(of => any(...of)),
    tie('condition').map(not),
  ),
}));

function bytesAt({ bytes, at, mask = 0xffff_ffff }: Test): number {
  let value = 0;
  for (const byte of PACKET.subarray(at, at + bytes)) value = value * 256 + byte;
  return (value & mask) >>> 0;
}

function holds(one: Condition): boolean {
  if (typeof one === 'boolean') return one;
  if ('op' in one) {
    const value = bytesAt(one);
    return {
      eq: value === one.value,
      gt: value > one.value,
      ge: value >= one.value,
      set: (value & one.value) !== 0,
    }[one.op];
  }
  if (one.kind === 'not') return !holds(one.of);
  return one.kind === 'all' ? one.of.every(holds) : one.of.some(holds);
}

describe('generated programs', () => {
  it('hold when their condition does', () => {
    fc.assert(
      fc.property(condition, one => {
        expect(interpret(generate(one), PACKET) !== 0).toBe(holds(one));
      }),
      { numRuns: 2000 },
    );
  });

  it('reach over more than 255 instructions', () => {
    const hosts = Array.from({ length: 700 }, (_, index) => `10.1.${index >> 8}.${index & 255}`);
    const { ethernet, rawIp } = compilePlain(`host ${hosts.join(' or ')}`);
    for (const code of [ethernet, rawIp]) expect(parseCbpf(encodeCbpf(code))).toEqual(code);
    const packet = Uint8Array.from({ length: 40 }, () => 0);
    packet[0] = 0x45;
    packet.set([10, 1, 2, 187], 16);
    expect(interpret(rawIp, packet)).not.toBe(0);
    packet.set([10, 1, 2, 188], 16);
    expect(interpret(rawIp, packet)).toBe(0);
  });

  it('of what no packet can be are one instruction', () => {
    expect(compilePlain('arp').rawIp).toHaveLength(1);
    expect(interpret(compilePlain('not arp').rawIp, new Uint8Array(0))).not.toBe(0);
  });
});
