import { expect, test } from 'vitest';
import { Assembler, label, type MapSpec } from '../asm/index.ts';
import { Kallsyms } from '../kernel/index.ts';
import { failOnLeaks } from '../sys/leak-test.ts';
import { load } from './index.ts';
import { closedPort, onlyUdpTo, sendUdp } from './testdata/udp.ts';

failOnLeaks();

const FRAMES = 32;
const stacks: MapSpec = {
  name: 'stacks',
  type: 'stack_trace',
  keySize: 4,
  valueSize: FRAMES * 8,
  maxEntries: 64,
};
const counts: MapSpec = { name: 'counts', type: 'hash', keySize: 4, valueSize: 8, maxEntries: 64 };

test('counts drops by kernel stack', async () => {
  const port = await closedPort();
  const done = label('done');
  const known = label('known');
  const code = new Assembler('by_stack')
    .mov('r8', 'r1')
    .load('u64', 'r6', 'r1', 0)
    .with(asm => onlyUdpTo(asm, port, done))
    .mov('r1', 'r8')
    .map('r2', stacks)
    .mov('r3', 0)
    .call('get_stackid')
    .jumpIf('r0', 's<', 0, done)
    .store('u32', 'r10', -4, 'r0')
    .map('r1', counts)
    .mov('r2', 'r10')
    .add('r2', -4)
    .call('map_lookup_elem')
    .jumpIf('r0', '!=', 0, known)
    .store('u64', 'r10', -16, 1)
    .map('r1', counts)
    .mov('r2', 'r10')
    .add('r2', -4)
    .mov('r3', 'r10')
    .add('r3', -16)
    .mov('r4', 0)
    .call('map_update_elem')
    .jump(done)
    .place(known)
    .mov('r1', 1)
    .atomic('add', 'u64', 'r0', 0, 'r1')
    .place(done)
    .mov('r0', 0)
    .exit()
    .build();
  const attach = { kind: 'raw-tracepoint', tracepoint: 'kfree_skb' } as const;
  using loaded = load({
    maps: [stacks, counts],
    programs: [{ name: 'by_stack', attach, code, license: 'GPL' }],
  });
  loaded.attachAll();
  await sendUdp(port, 20);
  const symbols = new Kallsyms();
  let total = 0n;
  for (const [id, count] of loaded.map('counts').entries()) {
    total += new DataView(count.buffer).getBigUint64(0, true);
    const frames = new BigUint64Array(loaded.map('stacks').lookup(id)!.buffer);
    const names = [...frames].filter(Boolean).map(address => symbols.lookup(address)?.name);
    expect(names).toContain('__udp4_lib_rcv');
  }
  expect(total).toBe(20n);
});
