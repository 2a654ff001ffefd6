import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BtfError, BtfNotFoundError } from '../base/index.ts';
import { Btf } from './index.ts';
import { KINDS } from './kinds.ts';
import { BtfBuilder } from './testdata/btf-builder.ts';

const sample: Uint8Array = readFileSync(new URL('testdata/sample.little.btf', import.meta.url));
const bigSample: Uint8Array = readFileSync(new URL('testdata/sample.big.btf', import.meta.url));
/** Far more than any of these small inputs needs; a loop takes for ever. */
const SLOW = 2000;

/** Runs one action: a value or a typed error, nothing else. */
function guarded<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof BtfError || error instanceof BtfNotFoundError) return undefined;
    throw error;
  }
}

/** Asks everything there is to ask. */
function exercise(btf: Btf): void {
  for (let id = 0; id <= btf.typeCount; id++) {
    const type = guarded(() => btf.type(id));
    guarded(() => btf.typeName(id));
    guarded(() => btf.resolve(id));
    guarded(() => btf.kindOf(id));
    const size = guarded(() => btf.sizeOf(id));
    if (size !== undefined) expect(size).toBeGreaterThanOrEqual(0);
    if (type === undefined) continue;
    guarded(() => btf.findAll(type.kind, type.name));
    guarded(() => btf.functionsByArgument(type.name));
    guarded(() => btf.tracepoint(type.name));
    guarded(() => btf.enumNames(type.name));
    guarded(() => btf.func(type.name));
    if (type.kind !== 'struct' && type.kind !== 'union') continue;
    guarded(() => btf.struct(type.name));
    for (const { name } of type.members.slice(0, 50))
      for (const path of [name, `${name}[1]`, `${name}.${name}`, 'absent']) checkField(btf, id, path);
  }
  guarded(() => [...btf.functions()]);
}

function checkField(btf: Btf, id: number, path: string): void {
  const place = guarded(() => btf.field(id, path));
  guarded(() => btf.hasField(id, path));
  if (place === undefined) return;
  expect(Number.isSafeInteger(place.offset) && place.offset >= 0).toBe(true);
  const { bit } = place;
  if (bit === undefined) return;
  expect(bit.width).toBeGreaterThan(0);
  expect(bit.shift).toBeGreaterThanOrEqual(0);
  expect(bit.shift + bit.width).toBeLessThanOrEqual(bit.loadSize * 8);
}

function survives(bytes: Uint8Array, base?: Btf): void {
  const start = performance.now();
  const btf = guarded(() => Btf.parse(bytes, base === undefined ? {} : { base }));
  if (btf !== undefined) exercise(btf);
  expect(performance.now() - start).toBeLessThan(SLOW);
}

const u32 = fc.oneof(
  fc.nat(120),
  fc.constantFrom(0xffffffff, 0x7fffffff, 0x80000000, 0xffff, 0x10000),
  fc.nat(0xffffffff),
);

it('the samples themselves are read in full', () => {
  for (const bytes of [sample, bigSample]) {
    const btf = Btf.parse(bytes);
    expect([...btf.types()]).toHaveLength(btf.typeCount - 1);
    expect(btf.field('packet', 'inner.deep').offset).toBe(84);
  }
});

describe('any input gives a value or a typed error', () => {
  it('bytes of a real BTF changed', () => {
    const change = fc.tuple(fc.nat(sample.length - 1), fc.nat(255));
    fc.assert(
      fc.property(
        fc.constantFrom(sample, bigSample),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        (from, changes) => {
          const bytes = Uint8Array.from(from);
          for (const [at, value] of changes) bytes[at] = value;
          survives(bytes);
        },
      ),
      { numRuns: 400 },
    );
  }, 60_000);

  it('words of a real BTF changed', () => {
    const change = fc.tuple(fc.nat(Math.floor(sample.length / 4) - 1), u32);
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), changes => {
        const bytes = Uint8Array.from(sample);
        const view = new DataView(bytes.buffer);
        for (const [word, value] of changes) view.setUint32(word * 4, value, true);
        survives(bytes);
      }),
      { numRuns: 400 },
    );
  }, 60_000);

  it('real BTF cut anywhere, and as split BTF over itself', () => {
    const base = Btf.parse(sample);
    for (let length = 0; length < 64; length++) survives(sample.slice(0, length));
    fc.assert(
      fc.property(fc.nat(sample.length), fc.boolean(), (length, split) =>
        survives(sample.slice(0, length), split ? base : undefined),
      ),
      { numRuns: 100 },
    );
    survives(sample, base);
  }, 60_000);

  it('headers of any content', () => {
    const header = fc.tuple(u32, u32, u32, u32, u32, u32, u32);
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 80 }), (words, rest) => {
        const bytes = new Uint8Array(32 + rest.length);
        const view = new DataView(bytes.buffer);
        view.setUint32(0, 0x0001eb9f, true);
        for (const [i, word] of words.entries()) view.setUint32(4 + i * 4, word, true);
        bytes.set(rest, 32);
        survives(bytes);
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it('well-formed records whose references are arbitrary: loops of every kind', () => {
    const id = fc.nat(14);
    const record = fc.record({
      kind: fc.constantFrom(...(Object.keys(KINDS) as (keyof typeof KINDS)[])),
      flag: fc.boolean(),
      third: id,
      name: fc.constantFrom('', 'a', 'b', 'btf_trace_a', '__traceiter_a'),
      fixed: fc.array(fc.oneof(id, u32), { minLength: 3, maxLength: 3 }),
      each: fc.array(fc.tuple(fc.constantFrom(0, 1, 3, 5), id, fc.oneof(id, u32)), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 12 }), fc.boolean(), (records, bigEndian) => {
        const builder = new BtfBuilder({ bigEndian });
        for (const name of ['a', 'b', 'c']) builder.string(name);
        for (const { kind, name, flag, third, fixed, each } of records) {
          const row = KINDS[kind];
          const entries = each.flatMap(entry => entry.slice(0, row.each));
          const vlen = row.each === 0 ? 0 : each.length;
          builder.record(kind, name, third, [...fixed.slice(0, row.fixed), ...entries], { vlen, flag });
        }
        survives(builder.bytes());
      }),
      { numRuns: 600 },
    );
  }, 60_000);
});
