import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BtfError, BtfNotFoundError } from '../base/index.ts';
import { Btf, type FieldPlace } from './index.ts';
import { BtfBuilder } from './testdata/btf-builder.ts';
import { rawDump } from './testdata/raw-dump.ts';

const recorded = (name: string): Uint8Array =>
  readFileSync(new URL(`testdata/sample.${name}`, import.meta.url));

/** Reads a member as a program would: load, shift, mask, sign-extend. */
function read(image: Uint8Array, place: FieldPlace, littleEndian: boolean): bigint {
  let loaded = 0n;
  for (let i = 0; i < place.size; i++) {
    const byte = BigInt(image[place.offset + (littleEndian ? place.size - 1 - i : i)]!);
    loaded = (loaded << 8n) | byte;
  }
  const width = place.bit?.width ?? place.size * 8;
  const bits = BigInt.asUintN(width, loaded >> BigInt(place.bit?.shift ?? 0));
  return place.signed ? BigInt.asIntN(width, bits) : bits;
}

// What testdata/sample.c stores. GCC 12 records no enum as signed.
const PACKET = {
  saddr: 0x01020304n,
  daddr: 0x05060708n,
  low: 21n,
  middle: 0xabcden,
  high: 99n,
  signed_low: -3n,
  signed_high: -1234n,
  tail: 1n,
  rest: 85n,
  'ports[0]': 0x1234n,
  'ports[1]': 0x5678n,
  'flags[0].kind': 5n,
  'flags[0].on': 1n,
  'flags[0].mode': 2n,
  'flags[1].kind': 3n,
  'flags[1].on': 0n,
  'flags[1].mode': 1n,
  'flags[2].kind': 6n,
  'flags[2].mode': 3n,
  wide: 0xa1b2c3d4e5n,
  wider: 0xf6a7b8n,
  verdict: 0xffff_fffen,
  stage: 200n,
  'grid[0][1]': 2n,
  'grid[1][0]': 3n,
  'inner.deep': 0xbeefn,
  'data[0]': 0x11n,
  'data[2]': 0x33n,
};
const TIGHT = { head: 0x7fn, odd: 0x1abcn, crossing: 0x2fedcbn, last: 0x1876543210n, whole: 0xdeadbeefn };

describe.each(['little', 'big'] as const)('what a compiler for a %s-endian machine wrote', order => {
  const btf = Btf.parse(recorded(`${order}.btf`));
  const littleEndian = order === 'little';

  it('decodes as bpftool prints it', () => {
    expect(rawDump(btf)).toBe(new TextDecoder().decode(recorded(`${order}.txt`)));
  });

  it.each(Object.entries(PACKET))('packet.%s is %i', (path, value) => {
    expect(read(recorded(`${order}.packet`), btf.field('packet', path), littleEndian)).toBe(value);
  });

  it.each(Object.entries(TIGHT))('packed tight.%s is %i', (path, value) => {
    const place = btf.field('tight', path);
    expect(read(recorded(`${order}.tight`), place, littleEndian)).toBe(value);
    expect(place.offset + place.size).toBeLessThanOrEqual(btf.struct('tight').size);
  });

  it('finds functions by argument as the source declares them', () => {
    expect(
      btf
        .functionsByArgument('packet')
        .map(f => `${f.name}:${f.argIndex}`)
        .sort(),
    ).toEqual(
      // GCC 12 adds a nameless func for the handler's prototype.
      [':0', 'classify:0', 'inspect:1', 'judge:1'],
    );
    expect(btf.typeName(btf.find('func', 'inspect')!)).toBe(
      'int inspect(int hook, const struct packet *packet)',
    );
    expect(btf.declaration(btf.field('packet', 'names').typeId, 'names')).toBe('const char *const names[2]');
  });
});

describe('paths', () => {
  const btf = Btf.parse(recorded('little.btf'));

  it('give places of whole members, arrays and pointers', () => {
    expect(btf.field('packet', 'parent')).toMatchObject({
      offset: 88,
      size: 8,
      pointer: true,
      signed: false,
    });
    expect(btf.field('packet', 'link')).toMatchObject({ offset: 0, size: 16, pointer: false });
    expect(btf.field('packet', 'ports')).toMatchObject({ offset: 32, size: 4 });
    expect(btf.field('packet', 'grid[1]')).toMatchObject({ offset: 82, size: 2 });
    expect(btf.field('packet', 'data')).toMatchObject({ offset: 96, size: 0 });
    expect(btf.field('packet', 'saddr').bit).toBeUndefined();
    expect(btf.field('packet', 'flags[2].on').bit).toEqual({
      loadOffset: 38,
      loadSize: 1,
      shift: 3,
      width: 1,
    });
    expect(btf.field(btf.find('struct', 'packet')!, 'inner.deep').offset).toBe(84);
  });

  it.each([
    ['nope', 'no member "nope"'],
    ['link.nope', 'no member "nope"'],
    ['parent.link', '"link" lies behind a pointer'],
    ['flags.kind', 'give an index, as a[0]'],
    ['saddr.x', '"x" is looked for in something that has no members'],
    ['saddr[0]', '[0] of something that is no array'],
    ['parent[0]', '[0] of something that is no array'],
    ['ports[2]', '[2] is beyond the 2 elements'],
    [`data[${'9'.repeat(400)}]`, 'more than 4 GiB away'],
    ['', '"" is not a member name'],
    ['link..next', '"" is not a member name'],
    ['ports[-1]', 'is not a member name'],
    ['ports[1', 'is not a member name'],
  ])('"%s" is refused: %s', (path, why) => {
    const error = caught(() => btf.field('packet', path));
    expect(error).toBeInstanceOf(BtfNotFoundError);
    expect((error as BtfNotFoundError).wanted).toBe(`struct packet.${path}`);
    expect((error as BtfNotFoundError).hint).toContain(why);
    expect(btf.hasField('packet', path)).toBe(false);
  });

  it('tell whether a member exists', () => {
    expect(btf.hasField('packet', 'inner.deep')).toBe(true);
    expect(btf.hasField('no_such_struct', 'a')).toBe(false);
    expect(() => btf.field('no_such_struct', 'a')).toThrow(new BtfNotFoundError('struct no_such_struct'));
    expect(btf.hasField(btf.find('int', 'int')!, 'a')).toBe(false);
  });
});

describe('bitfields', () => {
  it('of old BTF are described by their int types', () => {
    const builder = new BtfBuilder();
    const narrow = builder.int('unsigned int', 4, { offset: 2, bits: 3 });
    const whole = builder.int('unsigned char', 1);
    builder.struct('old', 8, [
      { name: 'narrow', type: narrow, bit: 32 },
      { name: 'shifted', type: whole, bit: 12 },
    ]);
    const btf = Btf.parse(builder.bytes());
    expect(btf.field('old', 'narrow').bit).toEqual({ loadOffset: 4, loadSize: 1, shift: 2, width: 3 });
    expect(btf.field('old', 'shifted').bit).toEqual({ loadOffset: 0, loadSize: 4, shift: 12, width: 8 });
  });

  it('that no load holds, and members inside a byte, are errors', () => {
    const builder = new BtfBuilder();
    const u64 = builder.int('u64', 8);
    const pointer = builder.ref('ptr', 0);
    builder.struct('bad', 16, [
      { name: 'nine_bytes', type: u64, bit: 1, width: 64 },
      { name: 'huge', type: u64, bit: 0, width: 200 },
      { name: 'pointer', type: pointer, bit: 3 },
    ]);
    const btf = Btf.parse(builder.bytes());
    for (const path of ['nine_bytes', 'huge', 'pointer'])
      expect(() => btf.field('bad', path)).toThrow(BtfError);
  });

  it('near the end of a struct are not read beyond it', () => {
    const builder = new BtfBuilder();
    const u32 = builder.int('u32', 4);
    builder.struct('five', 5, [{ name: 'end', type: u32, bit: 21, width: 14 }]);
    expect(Btf.parse(builder.bytes()).field('five', 'end').bit).toEqual({
      loadOffset: 1,
      loadSize: 4,
      shift: 13,
      width: 14,
    });
  });
});

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
