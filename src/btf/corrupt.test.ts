import { describe, expect, it } from 'vitest';
import { BtfError } from '../base/index.ts';
import { Btf } from './index.ts';
import { BtfBuilder } from './testdata/btf-builder.ts';

function built(
  build: (b: BtfBuilder) => void,
  options: ConstructorParameters<typeof BtfBuilder>[0] = {},
): Uint8Array {
  const builder = new BtfBuilder(options);
  build(builder);
  return builder.bytes();
}

function patched(at: number, value: number, width: 1 | 4 = 4): Uint8Array {
  const bytes = built(b => b.int('int', 4));
  if (width === 1) bytes[at] = value;
  else new DataView(bytes.buffer).setUint32(at, value, true);
  return bytes;
}

describe('headers that are refused', () => {
  it.each<[string, Uint8Array, string, number]>([
    ['no bytes', new Uint8Array(0), 'needs 24 bytes, have 0', 0],
    ['half a header', built(b => b.int('int', 4)).subarray(0, 23), 'needs 24 bytes, have 23', 23],
    ['wrong magic', patched(0, 0x7f, 1), 'not BTF: magic is 0xeb7f', 0],
    ['wrong version', patched(2, 2, 1), 'BTF version 2', 2],
    ['flags', patched(3, 1, 1), 'unknown BTF flags 0x1', 3],
    ['header length too small', patched(4, 20), 'header length 20', 4],
    ['odd header length', patched(4, 25), 'header length 25', 4],
    ['header length beyond the blob', patched(4, 0xfffffffc), 'header length 4294967292', 4],
    ['types beyond the blob', patched(12, 0x1000), 'type section is bytes 24 to 4120', 8],
    ['types offset wraps', patched(8, 0xfffffffc), 'type section is bytes', 8],
    ['types unaligned', patched(8, 2), 'type section offset 2', 8],
    ['types of odd length', patched(12, 15), 'not whole 32-bit words', 12],
    ['strings beyond the blob', patched(20, 0xffffffff), 'string section is bytes', 16],
    ['no strings', patched(20, 0), 'the string section is empty', 40],
    ['strings cut', patched(20, 4), 'does not end with a NUL', 43],
    ['strings start with text', patched(40, 0x41, 1), 'does not start with the empty string', 40],
  ])('%s', (_, bytes, message, offset) => {
    expect(parseError(bytes)).toMatchObject({ message: expect.stringContaining(message), offset });
  });

  it('but a longer header and gaps are read', () => {
    const btf = Btf.parse(built(b => b.int('int', 4), { headerSize: 48, gap: 5 }));
    expect(btf.nameOf(1)).toBe('int');
  });

  it('and any alignment in memory is', () => {
    const bytes = built(b => b.int('int', 4));
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(Btf.parse(shifted.subarray(1)).type(1)).toEqual(Btf.parse(bytes).type(1));
  });

  it('and the input is left as it was, also by what swaps bytes', () => {
    const bytes = Buffer.from(built(b => b.int('int', 4), { bigEndian: true }));
    const before = bytes.toString('hex');
    expect(Btf.parse(bytes).nameOf(1)).toBe('int');
    expect(bytes.toString('hex')).toBe(before);
  });
});

describe('records that are refused', () => {
  it.each<[string, (b: BtfBuilder) => void, string, number]>([
    ['kind 0', b => b.raw(0, 0, 0), 'unknown kind 0', 28],
    ['kind 20', b => b.raw(0, 20 << 24, 0), 'unknown kind 20', 28],
    ['a name outside', b => b.raw(99, 2 << 24, 0), 'name offset 99 is outside the 1 bytes', 24],
    ['vlen beyond the section', b => b.raw(0, (4 << 24) | 0xffff, 0), 'goes beyond the type section', 36],
    ['a record cut short', b => b.raw(0, 3 << 24, 0, [1]), 'goes beyond the type section', 40],
  ])('%s', (_, build, message, offset) => {
    expect(parseError(built(build))).toMatchObject({ message: expect.stringContaining(message), offset });
  });

  it.each<[string, (b: BtfBuilder) => void]>([
    ['a target outside', b => b.ref('ptr', 99)],
    ['a member name outside', b => b.raw(0, (4 << 24) | 1, 8, [500, 0, 0])],
    ['a member type outside', b => b.raw(0, (4 << 24) | 1, 8, [0, 500, 0])],
    ['an array element outside', b => b.array(7, 0, 1)],
    ['a parameter outside', b => b.proto(0, [['p', 77]])],
    ['an enumerator name outside', b => b.raw(0, (6 << 24) | 1, 4, [500, 0])],
    ['a linkage that does not exist', b => b.func('f', 0, 3)],
    [
      'a function of 300 parameters',
      b =>
        b.proto(
          0,
          Array.from({ length: 300 }, () => ['', 0] as const),
        ),
    ],
    ['a name of 5000 bytes', b => b.typedef('x'.repeat(5000), 0)],
  ])('when read: %s', (_, build) => {
    const btf = Btf.parse(built(build));
    expect(() => btf.type(1)).toThrow(BtfError);
  });

  it('kinds of the future are stepped over when a layout section says how long they are', () => {
    const layout = Array.from({ length: 22 }, (_, kind) =>
      kind === 21 ? ([8, 4] as const) : ([0, 0] as const),
    );
    const bytes = built(
      b => {
        b.raw(0, (21 << 24) | 2, 0, [1, 2, 3, 4]);
        b.int('int', 4);
      },
      { layout },
    );
    const btf = Btf.parse(bytes);
    expect(btf.find('int', 'int')).toBe(2);
    expect(() => btf.type(1)).toThrow('type 1 has kind 21, which is unknown');
    expect(() => btf.typeName(1)).toThrow(BtfError);
  });
});

describe('types without an end', () => {
  const btf = Btf.parse(
    built(b => {
      b.ref('const', 2); // 1
      b.ref('volatile', 1); // 2
      b.array(3, 1, 1); // 3: arrays of itself
      b.array(4, 1, 2); // 4: and growing
      b.struct('self', 8, [
        { type: 5, bit: 0 },
        { name: 'self', type: 5, bit: 0 },
        { name: 'other', type: 1, bit: 0 },
      ]); // 5
      b.ref('ptr', 6); // 6: pointer to itself
      b.proto(7, [['f', 8]]); // 7: returns itself
      b.ref('ptr', 7); // 8
      b.func('loop', 7); // 9
      b.typedef('btf_trace_loop', 1); // 10
      b.variable('v', 11); // 11
      b.ref('const', 12); // 12
      b.struct('ring', 8, [{ type: 14, bit: 0 }]); // 13
      b.struct('gnir', 8, [
        { type: 13, bit: 0 },
        { name: 'loop', type: 12, bit: 0 },
      ]); // 14
    }),
  );

  it.each<[string, () => unknown]>([
    ['resolve const → volatile → const', () => btf.resolve(1)],
    ['resolve const → itself', () => btf.resolve(12)],
    ['size of a modifier loop', () => btf.sizeOf(1)],
    ['size of an array of itself', () => btf.sizeOf(3)],
    ['size of a growing array', () => btf.sizeOf(4)],
    ['size of a variable of itself', () => btf.sizeOf(11)],
    ['name of a modifier loop', () => btf.typeName(1)],
    ['name of an array of itself', () => btf.typeName(3)],
    ['name of a pointer to itself', () => btf.typeName(6)],
    ['name of a function of itself', () => btf.typeName(9)],
    ['a tracepoint that loops', () => btf.tracepoint('loop')],
    ['a member whose type loops', () => btf.field('self', 'other')],
    ['a member through anonymous structs that contain each other', () => btf.field('ring', 'loop')],
  ])('%s', (_, action) => {
    expect(action).toThrow(BtfError);
  });

  it('still answer what can be answered', () => {
    expect(btf.field('self', 'self.self.self').offset).toBe(0);
    expect(btf.hasField('ring', 'absent')).toBe(false);
    expect(btf.func('loop')!.params).toEqual([{ name: 'f', typeId: 8 }]);
    expect(btf.functionsByArgument('self')).toEqual([]);
  });
});

describe('input made to be slow', () => {
  const within = (milliseconds: number, action: () => void): void => {
    const start = performance.now();
    action();
    expect(performance.now() - start).toBeLessThan(milliseconds);
  };

  it('100,000 types of one name', () => {
    const builder = new BtfBuilder();
    const name = builder.string('same');
    for (let i = 0; i < 100_000; i++) builder.raw(name, 4 << 24, 0);
    const bytes = builder.bytes();
    within(3000, () => {
      const btf = Btf.parse(bytes);
      expect(btf.find('struct', 'same')).toBe(1);
      expect(btf.findAll('struct', 'same')).toHaveLength(100_000);
      expect(btf.find('union', 'same')).toBeUndefined();
    });
  });

  it('100,000 names that overlap in one long string', () => {
    const builder = new BtfBuilder();
    const name = builder.string('y'.repeat(200_000));
    for (let i = 0; i < 100_000; i++) builder.raw(name + i, 4 << 24, 0);
    const bytes = builder.bytes();
    within(3000, () => {
      const btf = Btf.parse(bytes);
      expect(btf.find('struct', 'y'.repeat(100))).toBeUndefined();
    });
  });

  it('anonymous structs that multiply', () => {
    const builder = new BtfBuilder();
    const members = (type: number) => Array.from({ length: 100 }, () => ({ type, bit: 0 }));
    builder.struct('', 0, []);
    for (let i = 1; i < 40; i++) builder.struct(i === 39 ? 'top' : '', 0, members(i));
    const btf = Btf.parse(builder.bytes());
    within(1000, () => expect(btf.hasField('top', 'absent')).toBe(false));
  });

  it('prototypes whose parameters are prototypes', () => {
    const builder = new BtfBuilder();
    const params = Array.from({ length: 200 }, () => ['', 1] as const);
    builder.proto(1, params);
    const btf = Btf.parse(builder.bytes());
    within(1000, () => expect(() => btf.typeName(1)).toThrow(BtfError));
  });
});

function parseError(bytes: Uint8Array): unknown {
  try {
    Btf.parse(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(BtfError);
    return error;
  }
  throw new Error('parse did not throw');
}
