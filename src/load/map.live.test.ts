import { describe, expect, test } from 'vitest';
import { MAP_FLAGS, UPDATE_FLAGS } from '../abi/index.ts';
import { possibleCpus } from '../sys/index.ts';
import { failOnLeaks } from '../sys/leak-test.ts';
import { BpfMap } from './index.ts';

failOnLeaks();

function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function numberOf(bytes: Uint8Array | undefined): number | undefined {
  return bytes && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

describe.each(['hash', 'lru_hash'] as const)('%s', type => {
  test('update, lookup, delete, keys, entries', () => {
    using map = BpfMap.create({
      name: `t.${type}-long-name`,
      type,
      keySize: 4,
      valueSize: 4,
      maxEntries: 100,
    });
    expect(map.lookup(u32(1))).toBeUndefined();
    for (let key = 0; key < 50; key++) map.update(u32(key), u32(key * 7));
    expect(numberOf(map.lookup(u32(6)))).toBe(42);
    expect(map.delete(u32(6))).toBe(true);
    expect(map.delete(u32(6))).toBe(false);
    expect([...map.keys()].map(numberOf).sort((a, b) => a! - b!)).toEqual(
      Array.from({ length: 50 }, (_, key) => key).filter(key => key !== 6),
    );
    for (const [key, value] of map.entries()) expect(numberOf(value)).toBe(numberOf(key)! * 7);
  });

  test('flags ask for presence or absence', () => {
    using map = BpfMap.create({ name: 'flags', type, keySize: 4, valueSize: 4, maxEntries: 8 });
    expect(() => map.update(u32(1), u32(1), UPDATE_FLAGS.exist)).toThrow(
      'bpf(MAP_UPDATE_ELEM) of map flags: ENOENT',
    );
    map.update(u32(1), u32(1), UPDATE_FLAGS.noExist);
    expect(() => map.update(u32(1), u32(2), UPDATE_FLAGS.noExist)).toThrow(
      'bpf(MAP_UPDATE_ELEM) of map flags: EEXIST',
    );
  });
});

test('a full hash refuses, a full LRU hash forgets', () => {
  const sizes = { keySize: 4, valueSize: 4, maxEntries: 64 } as const;
  using hash = BpfMap.create({ name: 'hash', type: 'hash', ...sizes });
  using lru = BpfMap.create({ name: 'lru', type: 'lru_hash', ...sizes });
  for (let key = 0; key < 64; key++) hash.update(u32(key), u32(key));
  expect(() => hash.update(u32(64), u32(64))).toThrow('bpf(MAP_UPDATE_ELEM) of map hash: E2BIG');
  for (let key = 0; key < 500; key++) lru.update(u32(key), u32(key));
  expect(numberOf(lru.lookup(u32(499)))).toBe(499);
  expect([...lru.keys()].length).toBeLessThanOrEqual(64);
  expect(lru.lookup(u32(0))).toBeUndefined();
});

test.each(['percpu_hash', 'percpu_array', 'lru_percpu_hash'] as const)('%s has a value per CPU', type => {
  using map = BpfMap.create({ name: 'percpu', type, keySize: 4, valueSize: 12, maxEntries: 4 });
  expect(map.valueBytes).toBe(16 * possibleCpus());
  const value = new Uint8Array(map.valueBytes);
  const view = new DataView(value.buffer);
  for (let cpu = 0; cpu < possibleCpus(); cpu++) {
    view.setUint32(cpu * 16, 1000 + cpu, true);
    view.setUint32(cpu * 16 + 8, 2000 + cpu, true);
  }
  map.update(u32(3), value);
  expect(map.lookup(u32(3))).toEqual(value);
});

test.each(['hash', 'lru_hash', 'percpu_hash', 'array', 'percpu_array'] as const)(
  'all entries of a large %s',
  type => {
    using map = BpfMap.create({ name: 'large', type, keySize: 4, valueSize: 8, maxEntries: 5000 });
    const value = new Uint8Array(map.valueBytes);
    for (let key = 0; key < 5000; key++) {
      value[0] = key & 255;
      map.update(u32(key), value);
    }
    const seen = new Map([...map.entries()].map(([key, found]) => [numberOf(key)!, found[0]!]));
    if (type !== 'lru_hash') expect(seen.size).toBe(5000);
    for (const [key, first] of seen) expect(first).toBe(key & 255);
    expect(new Map([...map.entriesOneByOne()].map(([key, found]) => [numberOf(key)!, found[0]!]))).toEqual(
      seen,
    );
  },
);

test('a map that is empty, or of one crowded bucket, has its entries', () => {
  using empty = BpfMap.create({ name: 'empty', type: 'hash', keySize: 4, valueSize: 4, maxEntries: 4 });
  expect([...empty.entries()]).toEqual([]);
  using one = BpfMap.create({ name: 'one', type: 'hash', keySize: 4, valueSize: 4, maxEntries: 1 });
  one.update(u32(9), u32(10));
  expect([...one.entries()]).toEqual([[u32(9), u32(10)]]);
});

test('array elements, and the same memory mapped', () => {
  const flags = MAP_FLAGS.mmapable;
  using map = BpfMap.create({
    name: 'array',
    type: 'array',
    keySize: 4,
    valueSize: 4,
    maxEntries: 600,
    flags,
  });
  using memory = map.mapped();
  map.update(u32(599), u32(77));
  expect(memory.view.getUint32(599 * 8, true)).toBe(77);
  memory.view.setUint32(8, 78, true);
  expect(numberOf(map.lookup(u32(1)))).toBe(78);
  expect(map.lookup(u32(600))).toBeUndefined();
});

test('sizes that do not fit are refused before the kernel sees them', () => {
  using map = BpfMap.create({ name: 'sizes', type: 'hash', keySize: 8, valueSize: 4, maxEntries: 4 });
  expect(() => map.lookup(u32(1))).toThrow('map sizes: the key has 4 bytes, must have 8');
  expect(() => map.update(new Uint8Array(8), new Uint8Array(3))).toThrow(
    'the value has 3 bytes, must have 4',
  );
  expect(() => map.mapped()).toThrow('map sizes cannot be mapped');
  const bad = { name: 'bad', type: 'array', keySize: 8, valueSize: 4, maxEntries: 4 } as const;
  expect(() => BpfMap.create(bad)).toThrow('map bad (array): keySize is 8, must be 4');
});

test('after dispose the map is gone, twice is fine', () => {
  const map = BpfMap.create({ name: 'gone', type: 'hash', keySize: 4, valueSize: 4, maxEntries: 4 });
  map[Symbol.dispose]();
  map[Symbol.dispose]();
  expect(map.fd).toBe(-1);
  expect(() => map.lookup(u32(1))).toThrow('bpf(MAP_LOOKUP_ELEM) of map gone: EBADF');
});
