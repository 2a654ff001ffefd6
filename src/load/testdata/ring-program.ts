import { Assembler, type Blueprint, label, type MapSpec } from '../../asm/index.ts';

/** Globals of the producer: records tried at 0, records that found no room at 8. */
export const STATE: MapSpec = { name: 'state', type: 'array', keySize: 4, valueSize: 16, maxEntries: 1 };
export const FIXED_BYTES = 40;

/** Length of record number n, and whether it is discarded: what the program below does, in TypeScript. */
export function recordOf(n: number): { readonly length: number; readonly discarded: boolean } {
  return (n & 1) === 0 ? { length: 8 + (n & 63), discarded: false } : { length: FIXED_BYTES, discarded: n % 8 === 7 };
}

/**
 * Each run writes one record that starts with its number (u64) and repeats its low byte to the end: even numbers by
 * bpf_ringbuf_output in 8 to 70 bytes, odd ones by reserve and submit, every fourth of those discarded.
 */
export function ringProducer(ringBytes: number): Blueprint {
  const ring: MapSpec = { name: 'ring', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: ringBytes };
  const reserve = label('reserve');
  const discard = label('discard');
  const lost = label('lost');
  const done = label('done');
  const asm = new Assembler('produce')
    .mapValue('r6', STATE)
    .mov('r7', 1)
    .atomic('fetchAdd', 'u64', 'r6', 0, 'r7')
    .comment('r9 is the number eight times over in its low byte')
    .mov('r9', 'r7')
    .and('r9', 255)
    .imm64('r1', 0x0101_0101_0101_0101n)
    .alu('mul', 'r9', 'r1')
    .mov('r1', 'r7')
    .and('r1', 1)
    .jumpIf('r1', '!=', 0, reserve);
  for (let offset = -72; offset < 0; offset += 8) asm.store('u64', 'r10', offset, 'r9');
  asm
    .store('u64', 'r10', -72, 'r7')
    .map('r1', ring)
    .mov('r2', 'r10')
    .add('r2', -72)
    .mov('r3', 'r7')
    .and('r3', 63)
    .add('r3', 8)
    .mov('r4', 0)
    .call('ringbuf_output')
    .jumpIf('r0', '!=', 0, lost)
    .jump(done)
    .place(reserve)
    .map('r1', ring)
    .mov('r2', FIXED_BYTES)
    .mov('r3', 0)
    .call('ringbuf_reserve')
    .jumpIf('r0', '==', 0, lost);
  for (let offset = 8; offset < FIXED_BYTES; offset += 8) asm.store('u64', 'r0', offset, 'r9');
  asm
    .store('u64', 'r0', 0, 'r7')
    .mov('r1', 'r0')
    .mov('r2', 1)
    .and('r7', 7)
    .jumpIf('r7', '==', 7, discard)
    .call('ringbuf_submit')
    .jump(done)
    .place(discard)
    .call('ringbuf_discard')
    .jump(done)
    .place(lost)
    .mov('r1', 1)
    .atomic('add', 'u64', 'r6', 8, 'r1')
    .place(done)
    .mov('r0', 0)
    .exit();
  const attach = { kind: 'none', type: 'sched_cls' } as const;
  return {
    maps: [STATE, ring],
    programs: [{ name: 'produce', attach, code: asm.build(), license: 'GPL' }],
  };
}
