import { expect, test } from 'vitest';
import { Assembler, label, listing, listingLines, type MapSpec } from './index.ts';

const events: MapSpec = { name: 'events', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096 };
const config: MapSpec = { name: 'config', type: 'array', keySize: 4, valueSize: 16, maxEntries: 1 };

test('labels, comments, maps and helpers come out by name', () => {
  const drop = label('drop');
  const program = new Assembler('sample')
    .comment('the packet')
    .load('u64', 'r1', 'r6', 16)
    .map('r1', events)
    .mapValue('r2', config, 8)
    .call('probe_read_kernel')
    .jumpIf('r0', '!=', 0, drop)
    .atomic('add', 'u64', 'r1', 0, 'r2')
    .place(drop)
    .comment('nothing to tell')
    .mov('r0', 0)
    .exit()
    .build();
  expect(listing(program)).toBe(
    [
      '       ; the packet',
      '    0: r1 = *(u64 *)(r6 + 16)',
      '    1: r1 = map[events] ll',
      '    3: r2 = map[config][0] + 8 ll',
      '    5: call probe_read_kernel#113',
      '    6: if r0 != 0 goto drop',
      '    7: lock *(u64 *)(r1 + 0) += r2',
      'drop:',
      '       ; nothing to tell',
      '    8: r0 = 0',
      '    9: exit',
      '',
    ].join('\n'),
  );
});

test('labels of the same name are told apart', () => {
  const [one, two, three] = [label('out'), label('out'), label('out')];
  const program = new Assembler('twice')
    .jumpIf('r1', '==', 1, one)
    .jumpIf('r1', '==', 2, two)
    .place(one)
    .mov('r0', 1)
    .place(two)
    .place(three)
    .exit()
    .comment('that is all\nreally')
    .build();
  expect(listingLines(program).map(line => line.text)).toEqual([
    'if r1 == 1 goto out',
    'if r1 == 2 goto out.2',
    'out:',
    'r0 = 1',
    'out.2:',
    'out.3:',
    'exit',
    '; that is all',
    '; really',
  ]);
});

test('functions and bytes without names', () => {
  const [body, skip] = [label('body'), label('skip')];
  const program = new Assembler('functions')
    .functionAddress('r2', body)
    .callLocal(body)
    .append({ kind: 'branch', width: 32, left: 'r0', cond: '&', right: -256, distance: 0 })
    .jump(skip)
    .place(skip)
    .exit()
    .place(body)
    .alu32('and', 'r0', 0xffff_0000)
    .exit()
    .build();
  expect(listingLines(program).map(line => line.text)).toEqual([
    'r2 = subprog[body] ll',
    'call body',
    'if w0 & 0xffffff00 goto pc+0',
    'goto skip',
    'skip:',
    'exit',
    'body:',
    'w0 &= 0xffff0000',
    'exit',
  ]);
  const bare = { ...program, notes: [] };
  expect(
    listingLines(bare)
      .map(line => line.text)
      .slice(0, 4),
  ).toEqual(['r2 = subprog[pc+5] ll', 'call pc+3', 'if w0 & 0xffffff00 goto pc+0', 'goto pc+0']);
});
