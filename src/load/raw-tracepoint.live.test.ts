import { expect, test } from 'vitest';
import { Assembler, type Blueprint, label, type MapSpec } from '../asm/index.ts';
import { failOnLeaks } from '../sys/leak-test.ts';
import { load } from './index.ts';
import { closedPort, onlyUdpTo, sendUdp } from './testdata/udp.ts';

failOnLeaks();

const drops: MapSpec = { name: 'drops', type: 'percpu_array', keySize: 4, valueSize: 8, maxEntries: 1 };

function countDropsTo(port: number): Blueprint {
  const done = label('done');
  const code = new Assembler('count')
    .load('u64', 'r6', 'r1', 0)
    .with(asm => onlyUdpTo(asm, port, done))
    .store('u32', 'r10', -4, 0)
    .map('r1', drops)
    .mov('r2', 'r10')
    .add('r2', -4)
    .call('map_lookup_elem')
    .jumpIf('r0', '==', 0, done)
    .mov('r1', 1)
    .atomic('add', 'u64', 'r0', 0, 'r1')
    .place(done)
    .mov('r0', 0)
    .exit()
    .build();
  const attach = { kind: 'raw-tracepoint', tracepoint: 'kfree_skb' } as const;
  return { maps: [drops], programs: [{ name: 'count', attach, code, license: 'GPL' }] };
}

function sumOf(perCpu: Uint8Array): number {
  const counts = new BigUint64Array(perCpu.buffer, perCpu.byteOffset, perCpu.byteLength / 8);
  return Number(counts.reduce((sum, count) => sum + count, 0n));
}

test('counts every UDP packet that the kernel drops for want of a socket', async () => {
  const port = await closedPort();
  using loaded = load(countDropsTo(port));
  const count = (): number => sumOf(loaded.map('drops').lookup(new Uint8Array(4))!);
  await sendUdp(port, 5);
  expect(count()).toBe(0);
  using link = loaded.attach('count');
  expect(link.attached).toBe(true);
  await sendUdp(port, 40);
  expect(count()).toBe(40);
  link[Symbol.dispose]();
  await sendUdp(port, 5);
  expect(count()).toBe(40);
});
