// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ifnamePattern } from './matchers.ts';

/** A device's name as the kernel keeps it: 16 bytes, what follows the NUL is whatever was there before. */
function field(name: string, rest: number): [bigint, bigint] {
  const bytes = new Uint8Array(16).fill(rest);
  for (let index = 0; index < name.length; index++) bytes[index] = name.charCodeAt(index);
  bytes[name.length] = 0;
  const view = new DataView(bytes.buffer);
  return [view.getBigUint64(0, true), view.getBigUint64(8, true)];
}

function matches(pattern: string, name: string, rest = 0xa5): boolean {
  const { words, masks } = ifnamePattern(pattern);
  return field(name, rest).every((word, index) => (word & masks[index]!) === words[index]);
}

const ifname = fc.string({ unit: fc.constantFrom(...'abehtv0123456789.-'), minLength: 1, maxLength: 15 });

describe('ifnamePattern', () => {
  it('matches a whole name and nothing else, whatever stands behind the NUL', () => {
    fc.assert(
      fc.property(ifname, ifname, fc.nat(255), (wanted, name, rest) => {
        expect(matches(wanted, name, rest)).toBe(wanted === name);
      }),
    );
  });

  it('matches the start of a name before "*"', () => {
    fc.assert(
      fc.property(ifname, ifname, (start, name) => {
        expect(matches(`${start}*`, name)).toBe(name.startsWith(start));
      }),
    );
    expect(matches('*', 'eth0')).toBe(true);
  });
});
