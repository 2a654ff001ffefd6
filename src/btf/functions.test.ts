import { describe, expect, it } from 'vitest';
import { BtfError } from '../base/index.ts';
import { Btf } from './index.ts';
import { BtfBuilder } from './testdata/btf-builder.ts';

function kernel(build: (b: BtfBuilder) => void, bigEndian = false): Btf {
  const builder = new BtfBuilder({ bigEndian });
  build(builder);
  return Btf.parse(builder.bytes());
}

describe('functions', () => {
  const btf = kernel(b => {
    const int = b.int('int', 4, { signed: true });
    const skb = b.struct('sk_buff', 4, [{ name: 'len', type: int, bit: 0 }]);
    const pointer = b.ref('ptr', skb);
    const constPointer = b.ref('const', b.ref('ptr', b.typedef('skb_t', b.ref('const', skb))));
    const indirect = b.ref('ptr', pointer);
    b.func('first', b.proto(int, [['skb', pointer]]), 1);
    b.func('by_value', b.proto(int, [['skb', skb]]));
    b.func(
      'third',
      b.proto(0, [
        ['a', int],
        ['b', indirect],
        ['skb', b.typedef('p', constPointer)],
      ]),
    );
    b.func(
      'sixth',
      b.proto(
        0,
        [1, 1, 1, 1, 1, pointer].map((type, i) => [`a${i}`, type] as const),
      ),
    );
    b.func(
      'twice',
      b.proto(0, [
        ['x', int],
        ['a', pointer],
        ['b', pointer],
      ]),
    );
    const voidPointer = b.ref('ptr', 0);
    const trace = b.proto(0, [
      ['', voidPointer],
      ['', pointer],
      ['', int],
    ]);
    b.typedef('btf_trace_drop', b.ref('ptr', trace));
    b.func(
      '__traceiter_drop',
      b.proto(int, [
        ['__data', voidPointer],
        ['skb', pointer],
        ['why', int],
      ]),
    );
    b.typedef('btf_trace_bare', b.ref('ptr', trace));
    b.typedef('btf_trace_broken', int);
    b.func('no_proto', int);
  });

  it('are found by a pointer argument through typedef and const', () => {
    const names = (max?: number) =>
      btf.functionsByArgument('sk_buff', max).map(f => `${f.name}:${f.argIndex}`);
    expect(names()).toEqual(['first:0', 'third:2', 'twice:1', '__traceiter_drop:1']);
    expect(names(6)).toEqual(['first:0', 'third:2', 'sixth:5', 'twice:1', '__traceiter_drop:1']);
    expect(names(2)).toEqual(['first:0', 'twice:1', '__traceiter_drop:1']);
    expect(btf.functionsByArgument('sock')).toEqual([]);
    expect(btf.functionsByArgument('sk_buff')[0]).toEqual({
      id: btf.find('func', 'first'),
      name: 'first',
      argIndex: 0,
    });
  });

  it('carry their prototype', () => {
    expect(btf.func('first')).toMatchObject({
      name: 'first',
      linkage: 'global',
      returns: 1,
      params: [{ name: 'skb' }],
    });
    expect(btf.func('none')).toBeUndefined();
    expect(btf.func(btf.find('func', 'first')!)).toEqual(btf.func('first'));
    expect(() => btf.func(1)).toThrow('type 1 is a int, expected a func');
    expect(() => btf.func('no_proto')).toThrow('func no_proto has a int as its type, expected a func_proto');
  });

  it('of tracepoints lose __data, and take names from the iterator when it fits', () => {
    const drop = btf.tracepoint('drop')!;
    expect(drop.params.map(p => btf.declaration(p.typeId, p.name))).toEqual([
      'struct sk_buff *skb',
      'int why',
    ]);
    expect(drop.id).toBe(btf.find('typedef', 'btf_trace_drop'));
    expect(btf.tracepoint('bare')!.params.map(p => p.name)).toEqual(['', '']);
    expect(btf.tracepoint('none')).toBeUndefined();
    expect(() => btf.tracepoint('broken')).toThrow(BtfError);
  });
});
