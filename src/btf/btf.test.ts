import { describe, expect, it } from 'vitest';
import { BtfError, BtfNotFoundError } from '../base/index.ts';
import { Btf } from './index.ts';
import { BtfBuilder } from './testdata/btf-builder.ts';

function kernel(build: (b: BtfBuilder) => void, bigEndian = false): Btf {
  const builder = new BtfBuilder({ bigEndian });
  build(builder);
  return Btf.parse(builder.bytes());
}

describe.each([false, true])('big-endian: %s', bigEndian => {
  it('decodes every kind', () => {
    const btf = kernel(b => {
      b.int('int', 4, { signed: true }); // 1
      b.ref('ptr', 1);
      b.array(1, 1, 7);
      b.struct('s', 8, [{ name: 'a', type: 1, bit: 0 }]);
      b.union('u', 4, [{ name: 'b', type: 1, bit: 3, width: 5 }]); // 5
      b.enum('e', { MINUS: -1, ONE: 1 }, { signed: true });
      b.fwd('later', 'union');
      b.typedef('s_t', 4);
      b.ref('volatile', 1);
      b.ref('const', 9); // 10
      b.ref('restrict', 2);
      b.proto(1, [
        ['p', 2],
        ['', 0],
      ]);
      b.func('f', 12, 2);
      b.variable('v', 1, 1);
      b.datasec('.bss', 4, [[14, 0, 4]]); // 15
      b.float('double', 8);
      b.declTag('kfunc', 13, -1);
      b.typeTag('rcu', 4);
      b.enum64('big', { HUGE: 0xffff_ffff_ffff_fffen, LOW: 1n });
      b.enum64('wide', { NEGATIVE: -5n }, { signed: true }); // 20
    }, bigEndian);
    expect(btf.littleEndian).toBe(!bigEndian);
    expect([btf.firstId, btf.typeCount, btf.name]).toEqual([1, 21, 'vmlinux']);
    expect([btf.type(0), ...btf.types()]).toEqual([
      { kind: 'void', id: 0, name: '' },
      {
        kind: 'int',
        id: 1,
        name: 'int',
        size: 4,
        signed: true,
        char: false,
        bool: false,
        bitOffset: 0,
        bits: 32,
      },
      { kind: 'ptr', id: 2, name: '', typeId: 1 },
      { kind: 'array', id: 3, name: '', elementTypeId: 1, indexTypeId: 1, length: 7 },
      {
        kind: 'struct',
        id: 4,
        name: 's',
        size: 8,
        members: [{ name: 'a', typeId: 1, bitOffset: 0, bitWidth: 0 }],
      },
      {
        kind: 'union',
        id: 5,
        name: 'u',
        size: 4,
        members: [{ name: 'b', typeId: 1, bitOffset: 3, bitWidth: 5 }],
      },
      {
        kind: 'enum',
        id: 6,
        name: 'e',
        size: 4,
        signed: true,
        values: [
          { name: 'MINUS', value: -1n },
          { name: 'ONE', value: 1n },
        ],
      },
      { kind: 'fwd', id: 7, name: 'later', of: 'union' },
      { kind: 'typedef', id: 8, name: 's_t', typeId: 4 },
      { kind: 'volatile', id: 9, name: '', typeId: 1 },
      { kind: 'const', id: 10, name: '', typeId: 9 },
      { kind: 'restrict', id: 11, name: '', typeId: 2 },
      {
        kind: 'func_proto',
        id: 12,
        name: '',
        returns: 1,
        params: [
          { name: 'p', typeId: 2 },
          { name: '', typeId: 0 },
        ],
      },
      { kind: 'func', id: 13, name: 'f', typeId: 12, linkage: 'extern' },
      { kind: 'var', id: 14, name: 'v', typeId: 1, linkage: 'global' },
      { kind: 'datasec', id: 15, name: '.bss', size: 4, variables: [{ typeId: 14, offset: 0, size: 4 }] },
      { kind: 'float', id: 16, name: 'double', size: 8 },
      { kind: 'decl_tag', id: 17, name: 'kfunc', typeId: 13, component: -1, attribute: false },
      { kind: 'type_tag', id: 18, name: 'rcu', typeId: 4, attribute: false },
      {
        kind: 'enum64',
        id: 19,
        name: 'big',
        size: 8,
        signed: false,
        values: [
          { name: 'HUGE', value: 0xffff_ffff_ffff_fffen },
          { name: 'LOW', value: 1n },
        ],
      },
      {
        kind: 'enum64',
        id: 20,
        name: 'wide',
        size: 8,
        signed: true,
        values: [{ name: 'NEGATIVE', value: -5n }],
      },
    ]);
  });
});

describe('lookup by name', () => {
  const btf = kernel(b => {
    b.int('same', 4); // 1
    b.struct('same', 4, [{ name: 'a', type: 1, bit: 0 }]);
    b.struct('same', 8, []);
    b.struct('', 0, []);
    b.union('only_union', 4, []); // 5
    b.enum('reason', {}); // a forward declaration
    b.enum('reason', { NONE: 0, FIRST: 1, ALIAS: 1 });
    b.enum64('mask', { ALL: 0xffff_ffff_ffff_ffffn, SOME: 1n << 40n });
    b.struct('größe', 4, []);
    b.struct('x'.repeat(300), 4, []); // 10
    b.struct(`${'x'.repeat(299)}y`, 4, []);
  });

  it('keeps kinds apart and prefers the lowest id', () => {
    expect(btf.find('int', 'same')).toBe(1);
    expect(btf.find('struct', 'same')).toBe(2);
    expect(btf.findAll('struct', 'same')).toEqual([2, 3]);
    expect(btf.find('union', 'same')).toBeUndefined();
    expect(btf.findAll('union', 'absent')).toEqual([]);
  });

  it('finds no unnamed type, no prefix, no void, no name with a NUL', () => {
    expect(btf.find('struct', '')).toBeUndefined();
    expect(btf.findAll('struct', '')).toEqual([]);
    expect(btf.find('struct', 'sam')).toBeUndefined();
    expect(btf.find('void', 'void')).toBeUndefined();
    expect(btf.find('struct', 'same\0')).toBeUndefined();
    expect(btf.find('struct', 'same\0a')).toBeUndefined();
  });

  it('tells long names apart whose hashed part is equal, and reads UTF-8', () => {
    expect(btf.find('struct', 'x'.repeat(300))).toBe(10);
    expect(btf.find('struct', `${'x'.repeat(299)}y`)).toBe(11);
    expect(btf.find('struct', 'größe')).toBe(9);
    expect(btf.nameOf(9)).toBe('größe');
  });

  it('takes a union for a struct, and names what is missing', () => {
    expect(btf.struct('only_union').id).toBe(5);
    expect(() => btf.struct('sk_buff')).toThrow(new BtfNotFoundError('struct sk_buff'));
    expect(() => btf.enumOf('nope')).toThrow(new BtfNotFoundError('enum nope'));
    expect(() => btf.type(12)).toThrow(BtfNotFoundError);
    for (const bad of [-1, 1.5, Number.NaN, 2 ** 40]) expect(() => btf.type(bad)).toThrow(BtfNotFoundError);
  });

  it('passes over enums without values and maps values up to 53 bits', () => {
    expect(btf.enumOf('reason').id).toBe(7);
    expect([...btf.enumNames('reason')]).toEqual([
      [0, 'NONE'],
      [1, 'FIRST'],
    ]);
    expect([...btf.enumNames('mask')]).toEqual([[2 ** 40, 'SOME']]);
  });
});

describe('sizes and modifiers', () => {
  const btf = kernel(b => {
    b.int('long unsigned int', 8); // 1
    b.array(1, 1, 3);
    b.array(2, 1, 5);
    b.typedef('grid', 3);
    b.ref('const', 4); // 5
    b.typeTag('user', 5);
    b.ref('ptr', 6);
    b.variable('v', 4);
    b.proto(0, []);
    b.fwd('unknown'); // 10
    b.array(1, 1, 0x2000_0000);
    b.ref('const', 0);
  });

  it('multiplies arrays and sees through modifiers and variables', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8].map(id => btf.sizeOf(id))).toEqual([8, 24, 120, 120, 120, 120, 8, 120]);
  });

  it('says what has no size', () => {
    for (const id of [0, 9, 10, 12]) expect(() => btf.sizeOf(id)).toThrow(BtfNotFoundError);
    expect(() => btf.sizeOf(11)).toThrow(new BtfError('type 11 is larger than 4 GiB', 0xb0));
  });

  it('resolves to the type behind the modifiers', () => {
    expect([0, 6, 12, 7].map(id => btf.resolve(id))).toEqual([0, 3, 0, 7]);
  });

  it('hints at modules when a struct is only declared', () => {
    try {
      btf.field('unknown', 'a');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        wanted: 'struct unknown',
        hint: expect.stringContaining('only declared in vmlinux'),
      });
    }
  });

  it('knows pointers of 32-bit kernels', () => {
    const small = kernel(b => b.ref('ptr', b.int('unsigned long', 4)));
    expect([small.pointerSize, small.sizeOf(2)]).toEqual([4, 4]);
    expect(kernel(b => b.ref('ptr', 0)).sizeOf(1)).toBe(8);
  });
});

describe('split BTF', () => {
  const baseBuilder = new BtfBuilder();
  const int = baseBuilder.int('int', 4, { signed: true });
  const skb = baseBuilder.struct('sk_buff', 4, [{ name: 'len', type: int, bit: 0 }]);
  const pointer = baseBuilder.ref('ptr', skb);
  baseBuilder.func('ip_rcv', baseBuilder.proto(int, [['skb', pointer]]));
  baseBuilder.struct('both', 4, []);
  const base = Btf.parse(baseBuilder.bytes());

  const builder = new BtfBuilder({ base: baseBuilder });
  const entry = builder.struct('nf_conn', 8, [
    { name: 'skb', type: skb, bit: 0 },
    { name: 'mark', type: int, bit: 32 },
  ]);
  builder.func(
    'nf_conntrack_in',
    builder.proto(int, [
      ['skb', pointer],
      ['ct', builder.ref('ptr', entry)],
    ]),
  );
  const both = builder.struct('both', 8, []);
  builder.raw(1, 4 << 24, 12); // an own struct whose name, "int", is the base's
  const module = Btf.parse(builder.bytes(), { base, name: 'nf_conntrack' });

  it('continues the base ids and strings', () => {
    expect([module.firstId, module.name, module.base]).toEqual([base.typeCount, 'nf_conntrack', base]);
    expect(module.type(skb)).toEqual(base.type(skb));
    expect(module.type(0).kind).toBe('void');
    expect(module.nameOf(module.typeCount - 1)).toBe('int');
    expect(module.find('struct', 'int')).toBe(module.typeCount - 1);
    expect(() => base.type(entry)).toThrow(BtfNotFoundError);
  });

  it('looks into its own types first, then into the base', () => {
    expect(module.find('struct', 'both')).toBe(both);
    expect(module.findAll('struct', 'both')).toEqual([both, base.find('struct', 'both')]);
    expect(module.find('func', 'ip_rcv')).toBe(base.find('func', 'ip_rcv'));
    expect(module.field('nf_conn', 'skb.len')).toMatchObject({ offset: 0, size: 4, signed: true });
    expect(module.field('sk_buff', 'len').offset).toBe(0);
  });

  it('lists only its own functions', () => {
    expect(module.functionsByArgument('sk_buff').map(f => f.name)).toEqual(['nf_conntrack_in']);
    expect([...module.functions()].map(f => f.name)).toEqual(['nf_conntrack_in']);
    expect(module.functionsByArgument('nf_conn')[0]!.argIndex).toBe(1);
  });

  it('is refused without the base when its names are out of reach', () => {
    expect(() => Btf.parse(builder.bytes())).toThrow(BtfError);
  });
});

describe('type names', () => {
  const btf = kernel(b => {
    const int = b.int('int', 4, { signed: true }); // 1
    const char = b.int('char', 1);
    const s = b.struct('sk_buff', 4, []);
    const p = b.ref('ptr', s); // 4
    b.ref('ptr', b.ref('const', char)); // 6: const char *
    b.ref('const', p); // 7: sk_buff *const
    b.array(char, int, 48); // 8
    b.array(p, int, 2); // 9
    b.ref('ptr', 8); // 10: char (*)[48]
    const proto = b.proto(int, [
      ['', p],
      ['', 0],
    ]); // 11
    b.ref('ptr', proto); // 12
    b.array(12, int, 3); // 13
    b.proto(12, []); // 14: a function returning a function pointer
    b.func('hook', 11); // 15
    b.union('', 4, []); // 16
    b.ref('ptr', b.ref('volatile', b.ref('const', int))); // 19
    b.array(char, int, 0); // 20
    b.fwd('gone', 'union'); // 21
    b.ref('ptr', b.typeTag('rcu', s)); // 23
    b.variable('jiffies', int); // 24
    b.enum64('e', { A: 1n }); // 25
    b.ref('ptr', 0); // 26
  });

  it.each([
    [0, '', 'void'],
    [4, '', 'struct sk_buff *'],
    [4, 'skb', 'struct sk_buff *skb'],
    [6, 'name', 'const char *name'],
    [7, '', 'struct sk_buff *const'],
    [7, 'skb', 'struct sk_buff *const skb'],
    [8, 'cb', 'char cb[48]'],
    [8, '', 'char [48]'],
    [9, 'pair', 'struct sk_buff *pair[2]'],
    [10, 'text', 'char (*text)[48]'],
    [12, '', 'int (*)(struct sk_buff *, ...)'],
    [12, 'fn', 'int (*fn)(struct sk_buff *, ...)'],
    [13, 'fns', 'int (*fns[3])(struct sk_buff *, ...)'],
    [14, 'f', 'int (*f(void))(struct sk_buff *, ...)'],
    [15, '', 'int hook(struct sk_buff *, ...)'],
    [16, 'u', 'union {...} u'],
    [19, '', 'volatile const int *'],
    [20, 'data', 'char data[]'],
    [21, '', 'union gone'],
    [23, '', 'struct sk_buff *'],
    [24, '', 'int jiffies'],
    [25, 'e', 'enum e e'],
    [26, 'p', 'void *p'],
  ])('%i %s → %s', (id, name, text) => {
    expect(btf.declaration(id, name)).toBe(text);
    if (name === '') expect(btf.typeName(id)).toBe(text);
  });
});
