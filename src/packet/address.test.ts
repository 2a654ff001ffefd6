import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4Text, ipv6Text, macText } from './address.ts';

const sixteen = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
    minLength: 8,
    maxLength: 8,
  })
  .map(groups => Uint8Array.from(groups.flatMap(group => [group >> 8, group & 255])));

/** The URL standard writes addresses as RFC 5952 does, but for IPv4-mapped ones. */
function byUrl(bytes: Uint8Array): string {
  const full = Array.from({ length: 8 }, (_, group) =>
    ((bytes[group * 2]! << 8) | bytes[group * 2 + 1]!).toString(16),
  ).join(':');
  return new URL(`http://[${full}]/`).hostname.slice(1, -1);
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every(byte => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
}

describe('addresses', () => {
  it('IPv6 agrees with the URL standard', () => {
    fc.assert(
      fc.property(sixteen, bytes => {
        fc.pre(!isMapped(bytes));
        expect(ipv6Text(bytes, 0)).toBe(byUrl(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it('IPv6 as RFC 5952 says', () => {
    const texts: Record<string, string> = {
      '00000000000000000000000000000000': '::',
      '00000000000000000000000000000001': '::1',
      '20010db8000000000001000000000001': '2001:db8::1:0:0:1',
      '20010db8000000010001000100010001': '2001:db8:0:1:1:1:1:1',
      '20010db8000100000000000000000000': '2001:db8:1::',
      '00000000000000000000ffffc0000207': '::ffff:192.0.2.7',
      ff020000000000000000000000000002: 'ff02::2',
    };
    for (const [digits, text] of Object.entries(texts)) {
      const bytes = Uint8Array.from(digits.match(/../g)!, pair => Number.parseInt(pair, 16));
      expect(ipv6Text(bytes, 0)).toBe(text);
    }
  });

  it('IPv4 and MAC addresses at an offset', () => {
    const bytes = Uint8Array.from([9, 192, 0, 2, 255, 1]);
    expect(ipv4Text(bytes, 1)).toBe('192.0.2.255');
    expect(macText(bytes, 0)).toBe('09:c0:00:02:ff:01');
  });
});
