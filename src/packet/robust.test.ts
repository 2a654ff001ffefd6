import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFrame } from '../filter/testdata/generate-packet.ts';
import { Random } from '../filter/testdata/random.ts';
import { decodePacket, type FirstLayer, type Packet, summarize } from './index.ts';

const first: fc.Arbitrary<FirstLayer> = fc.oneof(
  fc.constantFrom<FirstLayer>('ethernet', 'ip', 0x0800, 0x86dd, 0x0806, 0x8100),
  fc.integer({ min: 0, max: 0xffff }),
);

/** No field but the ones set by bytes that are there. */
function check(packet: Packet): void {
  expect(summarize(packet)).not.toMatch(/undefined|NaN/);
  expect(JSON.stringify(packet)).not.toMatch(/null/);
}

describe('decoding never throws', () => {
  it('on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), first, (bytes, from) =>
        check(decodePacket(bytes, from)),
      ),
      { numRuns: 5000 },
    );
  });

  it('on packets cut at every length, and a longer cut says no less', () => {
    const random = new Random(1);
    for (let count = 0; count < 300; count++) {
      const { bytes } = randomFrame(random);
      let fields = 0;
      for (let end = 0; end <= bytes.length; end++) {
        const packet = decodePacket(bytes.subarray(0, end), 'ethernet');
        check(packet);
        expect(Object.keys(packet).filter(key => key !== 'truncated').length).toBeGreaterThanOrEqual(fields);
        fields = Object.keys(packet).filter(key => key !== 'truncated').length;
      }
    }
  });

  it('on packets with one byte changed', () => {
    const random = new Random(2);
    for (let count = 0; count < 20_000; count++) {
      const bytes = Uint8Array.from(randomFrame(random).bytes);
      bytes[random.below(bytes.length)] = random.below(256);
      check(decodePacket(bytes, 'ethernet'));
    }
  });

  it('and never reads outside the bytes given', () => {
    const random = new Random(3);
    for (let count = 0; count < 2000; count++) {
      const { bytes } = randomFrame(random);
      const end = random.below(bytes.length + 1);
      const around = Uint8Array.from([...bytes.subarray(0, end), ...random.bytes(300)]);
      expect(decodePacket(around.subarray(0, end), 'ethernet')).toEqual(
        decodePacket(bytes.slice(0, end), 'ethernet'),
      );
    }
  });
});
