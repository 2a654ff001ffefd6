import { describe, expect, it } from 'vitest';
import { Assembler, label, listing } from '../asm/index.ts';
import { CBPF, REJECT_ALL, ret } from './cbpf.ts';
import {
  compilePlain,
  emitFilter,
  emitFilterAt,
  everyPacket,
  filterStack,
  type PacketFilter,
  type SkbField,
  type SkbPlaces,
} from './index.ts';

const field = (offset: number, size: SkbField['size']): SkbField => ({ offset, size, shift: 0, mask: 0 });
const FIELDS: SkbPlaces = {
  dev: field(16, 'u64'),
  dataLen: field(116, 'u32'),
  pktType: field(128, 'u8'),
  hash: field(144, 'u32'),
  queueMapping: field(124, 'u16'),
  vlanPresent: field(148, 'u32'),
  vlanProto: field(148, 'u16'),
  vlanTci: field(150, 'u16'),
  mark: field(168, 'u32'),
  protocol: field(176, 'u16'),
  networkHeader: field(180, 'u16'),
  macHeader: field(182, 'u16'),
  tail: field(184, 'u32'),
  head: field(192, 'u64'),
  data: field(200, 'u64'),
  deviceIndex: field(208, 'u32'),
  deviceType: field(604, 'u16'),
};

function written(
  filter: PacketFilter,
  options: { access?: 'probe' | 'direct'; link?: 'any' | 'ip'; size?: number } = {},
): string {
  const asm = new Assembler('filter');
  const [match, noMatch] = [label('match'), label('no_match')];
  const { size = filterStack(filter, FIELDS), ...rest } = options;
  asm.load('u64', 'r6', 'r1', 0);
  emitFilter(asm, filter, { skb: 'r6', fields: FIELDS, stack: { base: 0, size }, match, noMatch, ...rest });
  asm.place(match).mov('r0', 1).exit().place(noMatch).mov('r0', 0).exit();
  return listing(asm.build());
}

function calls(text: string): number {
  return text.match(/probe_read_kernel/g)?.length ?? 0;
}

describe('programs written', () => {
  it('read the sk_buff once and the headers once per link', () => {
    const filter = compilePlain('tcp and dst host 192.0.2.7');
    expect(calls(written(filter))).toBe(3);
    expect(calls(written(filter, { access: 'direct' }))).toBe(2);
    expect(calls(written(filter, { access: 'direct', link: 'ip' }))).toBe(1);
  });

  it('read nothing when the answer is known', () => {
    expect(calls(written(everyPacket()))).toBe(0);
    expect(calls(written({ text: '', ethernet: REJECT_ALL, rawIp: REJECT_ALL, tags: 'hidden' }))).toBe(0);
    expect(calls(written(compilePlain('arp'), { link: 'ip' }))).toBe(0);
  });

  it('say how much stack they lack', () => {
    expect(() => written(compilePlain('port 80'), { size: 64 })).toThrow(/needs \d+ bytes of stack/);
  });

  it('run over plain memory', () => {
    const asm = new Assembler('inner');
    const [match, noMatch] = [label('match'), label('no_match')];
    asm.mov('r7', 'r1').mov('r8', 100);
    const stack = { base: -64, size: 300 };
    emitFilterAt(asm, compilePlain('udp port 53').rawIp, {
      start: 'r7',
      length: 'r8',
      stack,
      match,
      noMatch,
    });
    asm.place(match).mov('r0', 1).exit().place(noMatch).mov('r0', 0).exit();
    expect(calls(listing(asm.build()))).toBeGreaterThan(0);
  });

  it('are refused when nobody could run them', () => {
    const bad = (code: number, k = 0): PacketFilter => {
      const insns = [{ code, jt: 0, jf: 0, k }, ret(1)];
      return { text: '', ethernet: insns, rawIp: insns, tags: 'hidden' };
    };
    expect(() => written(bad(0xff))).toThrow(/unknown opcode 255/);
    const asm = new Assembler('inner').mov('r7', 'r1').mov('r8', 100);
    const place = {
      start: 'r7',
      length: 'r8',
      stack: { base: 0, size: 400 },
      match: label('m'),
      noMatch: label('n'),
    } as const;
    expect(() => emitFilterAt(asm, bad(CBPF.ldWordAbs, 0xffff_f004).ethernet, place)).toThrow(
      /beside an inner one/,
    );
    const long = Array.from({ length: 5000 }, () => ({ code: CBPF.ldImm, jt: 0, jf: 0, k: 1 }));
    const filter: PacketFilter = { text: '', ethernet: [...long, ret(1)], rawIp: REJECT_ALL, tags: 'hidden' };
    expect(() => written(filter)).toThrow(/5001 instructions, more than 4096/);
  });
});
