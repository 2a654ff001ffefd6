import { expect, test } from 'vitest';
import { failOnLeaks } from '../sys/leak-test.ts';
import { BpfMap, type Loaded, load, RingReader } from './index.ts';
import { recordOf, ringProducer } from './testdata/ring-program.ts';

failOnLeaks();

const PACKET = new Uint8Array(64);

/** [records tried, records without room]. */
function stateOf(loaded: Loaded): readonly [number, number] {
  const value = new DataView(loaded.map('state').lookup(new Uint8Array(4))!.buffer);
  return [Number(value.getBigUint64(0, true)), Number(value.getBigUint64(8, true))];
}

/** Checks every byte of every record against what the program must have written; returns the next number. */
function checker(
  reader: RingReader,
  from: number,
): { next: number; readonly onRecord: (o: number, l: number) => void } {
  const state = {
    next: from,
    onRecord(offset: number, length: number): void {
      while (recordOf(state.next).discarded) state.next++;
      const n = state.next++;
      if (length !== recordOf(n).length) throw new Error(`record ${n} has ${length} bytes`);
      if (reader.view.getBigUint64(offset, true) !== BigInt(n))
        throw new Error(`record ${n} has another number`);
      for (let i = 8; i < length; i++)
        if (reader.bytes[offset + i] !== (n & 255)) throw new Error(`record ${n}: byte ${i} is wrong`);
    },
  };
  return state;
}

test('delivers every record in order and whole, over thousands of wraps', () => {
  using loaded = load(ringProducer(4096));
  using reader = new RingReader(loaded.map('ring'));
  const check = checker(reader, 0);
  let total = 0;
  for (let round = 0; round < 4000; round++) {
    loaded.program('produce').testRun(PACKET, 1 + (round % 40));
    total += 1 + (round % 40);
    reader.consume(check.onRecord);
    expect(reader.pending()).toBe(0);
  }
  while (recordOf(check.next).discarded) check.next++;
  expect(check.next).toBeGreaterThanOrEqual(total);
  expect(stateOf(loaded)).toEqual([total, 0]);
});

test('a full ring loses the newest records only, and goes on after a read', () => {
  using loaded = load(ringProducer(4096));
  using reader = new RingReader(loaded.map('ring'));
  loaded.program('produce').testRun(PACKET, 500);
  const [tried, lost] = stateOf(loaded);
  expect(tried).toBe(500);
  expect(lost).toBeGreaterThan(400);
  expect(reader.pending()).toBeGreaterThan(4096 - 80);
  expect(reader.pending()).toBeLessThanOrEqual(4096);
  const numbers: number[] = [];
  reader.consume(offset => numbers.push(Number(reader.view.getBigUint64(offset, true))));
  expect(numbers.slice(0, 4)).toEqual([0, 1, 2, 3]);
  expect(reader.pending()).toBe(0);
  loaded.program('produce').testRun(PACKET, 1);
  expect(reader.consume(offset => numbers.push(Number(reader.view.getBigUint64(offset, true))))).toBe(1);
  expect(numbers.at(-1)).toBe(500);
});

test('a callback that throws has read its record', () => {
  using loaded = load(ringProducer(4096));
  using reader = new RingReader(loaded.map('ring'));
  loaded.program('produce').testRun(PACKET, 3);
  const fail = (): void => {
    throw new Error('from the callback');
  };
  expect(() => reader.consume(fail)).toThrow('from the callback');
  expect(reader.consume(() => {})).toBe(2);
});

test('a later reader goes on where the earlier one stopped', () => {
  using loaded = load(ringProducer(8192));
  loaded.program('produce').testRun(PACKET, 10);
  {
    using first = new RingReader(loaded.map('ring'));
    const check = checker(first, 0);
    expect(first.consume(check.onRecord)).toBe(9);
  }
  loaded.program('produce').testRun(PACKET, 4);
  using second = new RingReader(loaded.map('ring'));
  expect(second.consume(checker(second, 10).onRecord)).toBe(4);
});

test('views kept after dispose show zeros instead of crashing', () => {
  using loaded = load(ringProducer(4096));
  const reader = new RingReader(loaded.map('ring'));
  loaded.program('produce').testRun(PACKET, 8);
  const { bytes } = reader;
  expect(bytes.some(byte => byte !== 0)).toBe(true);
  reader[Symbol.dispose]();
  expect(bytes.some(byte => byte !== 0)).toBe(false);
  expect(() => reader.consume(() => {})).toThrow('disposed');
});

test('says what is wrong with a map that cannot be a ring', () => {
  const spec = { name: 'odd', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 5000 } as const;
  expect(() => BpfMap.create(spec)).toThrow('map odd (ringbuf): maxEntries is 5000, must be a power of two');
  using array = BpfMap.create({ name: 'array', type: 'array', keySize: 4, valueSize: 4, maxEntries: 1 });
  expect(() => new RingReader(array)).toThrow('map array is of type array, not ringbuf');
});
