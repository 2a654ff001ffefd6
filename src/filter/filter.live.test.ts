import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUnavailable } from '../base/index.ts';
import { runningBtf } from '../kernel/index.ts';
import { compileWithLibpcap, libpcap } from '../kernel/libpcap/index.ts';
import { openHandles } from '../sys/index.ts';
import { CBPF, CBPF_X, type Cbpf, compilePlain, encodeCbpf, type PacketFilter, textOf } from './index.ts';
import { FakeSkb, VERDICT } from './testdata/fake-skb.ts';
import { randomExpression, randomPlainExpression } from './testdata/generate-expression.ts';
import { type Frame, mac, randomFrame, u16 } from './testdata/generate-packet.ts';
import { randomProgram } from './testdata/generate-program.ts';
import { interpret, TooManyRounds } from './testdata/interpret.ts';
import { type Case, randomCase } from './testdata/placements.ts';
import { Random } from './testdata/random.ts';

const SEED = Number(process.env.NETWHY_FILTER_SEED ?? Date.now() % 2 ** 31);
const EXPRESSIONS = Number(process.env.NETWHY_FILTER_EXPRESSIONS ?? 2000);
/** An emulated machine stops earlier; never before this many. */
const FEWEST = 200;
const MOST_SECONDS = 40;
const CASES = 24;
const FRAMES = 400;

let skb: FakeSkb;
const pcap = libpcap()!;

beforeAll(() => {
  const btf = runningBtf();
  if (isUnavailable(btf)) throw new Error(btf.why);
  skb = new FakeSkb(btf);
});
afterAll(() => {
  skb[Symbol.dispose]();
  expect(openHandles()).toEqual([]);
});

function compiled(random: Random): PacketFilter {
  for (;;) {
    try {
      return random.chance(20)
        ? compilePlain(randomPlainExpression(random))
        : compileWithLibpcap(randomExpression(random), pcap);
    } catch {
      // Not every generated text is accepted: libpcap refuses what it knows to match nothing.
    }
  }
}

function story(filter: PacketFilter, made: Case): string {
  const code = filter[made.link].map(textOf).join('\n');
  const bytes = Buffer.from(made.seen).toString('hex');
  return `seed ${SEED}: ${filter.text}\n${made.state}, ${made.link}: ${bytes} of ${made.wireLength}\n${code}`;
}

/** Libpcap's interpreter on the bytes that the filter should have seen; ours must say the same. */
function expected(filter: PacketFilter, made: Case): boolean | undefined {
  const { link, seen, wireLength } = made;
  try {
    const ours = interpret(filter[link], seen, wireLength) !== 0;
    const theirs = pcap.run(encodeCbpf(filter[link]), seen, wireLength) !== 0;
    if (ours !== theirs) expect.fail(`interpreter: ${story(filter, made)}`);
    return theirs;
  } catch (error) {
    // Not for libpcap's interpreter either: it never comes back from some packets with protochain.
    if (error instanceof TooManyRounds) return undefined;
    throw error;
  }
}

/** Of the forms that need no libpcap. */
function plainOf(text: string): PacketFilter[] {
  return text.includes('[') ? [] : [compilePlain(text)];
}

function udpFrame(port: number, to: readonly number[]): Uint8Array {
  const ip = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, ...to];
  return Uint8Array.from([
    ...mac('02:00:00:00:00:01'),
    ...mac('02:00:00:00:00:02'),
    8,
    0,
    ...ip,
    3,
    232,
    ...u16(port),
    0,
    8,
    0,
    0,
  ]);
}

/** Matches when the bytes at k are what they should be, loaded by way of X and directly. */
function loadAndCompare(packet: Uint8Array, k: number, size: 1 | 2 | 4, x: number): Cbpf {
  const value = packet.subarray(k, k + size).reduce((sum, byte) => sum * 256 + byte, 0);
  const direct = { 1: CBPF.ldByteAbs, 2: CBPF.ldHalfAbs, 4: CBPF.ldWordAbs }[size];
  const byX = { 1: CBPF.ldByteInd, 2: CBPF.ldHalfInd, 4: CBPF.ldWordInd }[size];
  const insn = (code: number, operand: number, jf = 0): Cbpf[number] => ({ code, jt: 0, jf, k: operand });
  return [
    insn(CBPF.ldxImm, x),
    insn(byX, k - x),
    insn(CBPF.jeq, value, 3),
    insn(direct, k),
    insn(CBPF.jeq, value, 1),
    insn(CBPF.retK, 1),
    insn(CBPF.retK, 0),
  ];
}

interface Tally {
  runs: number;
  matches: number;
  unseen: number;
}

function checkFilter(filter: PacketFilter, frames: readonly Frame[], random: Random, tally: Tally): void {
  using program = skb.program(filter);
  for (let turn = 0; turn < CASES; turn++) {
    const made = randomCase(random.of(frames), random, filter);
    skb.put(made.placement);
    const verdict = skb.verdict(program);
    const should = expected(filter, made);
    if (should !== undefined && (verdict === VERDICT.match) !== should)
      expect.fail(`${should} but ${verdict}: ${story(filter, made)}`);
    tally.runs++;
    if (should) tally.matches++;
    if (verdict === VERDICT.unseen) tally.unseen++;
  }
}

describe(`filters in the kernel (seed ${SEED})`, () => {
  it(`agree with libpcap's interpreter on up to ${EXPRESSIONS} expressions`, { timeout: 600_000 }, () => {
    const random = new Random(SEED);
    const frames = Array.from({ length: FRAMES }, () => randomFrame(random));
    const tally: Tally = { runs: 0, matches: 0, unseen: 0 };
    const end = Date.now() + MOST_SECONDS * 1000;
    for (let count = 0; count < EXPRESSIONS && (count < FEWEST || Date.now() < end); count++)
      checkFilter(compiled(random), frames, random, tally);
    expect(tally.matches / tally.runs).toBeGreaterThan(0.1);
    expect(tally.matches / tally.runs).toBeLessThan(0.9);
    expect(tally.unseen / tally.runs).toBeGreaterThan(0.001);
  });

  it('run every instruction as the interpreter does', { timeout: 600_000 }, () => {
    const random = new Random(SEED + 1);
    const frames = Array.from({ length: 100 }, () => randomFrame(random));
    const tally: Tally = { runs: 0, matches: 0, unseen: 0 };
    const end = Date.now() + MOST_SECONDS * 500;
    for (let count = 0; count < EXPRESSIONS && (count < FEWEST || Date.now() < end); count++) {
      const tags = random.chance(20) ? 'inline' : 'hidden';
      const filter: PacketFilter = {
        text: `program ${count}`,
        ethernet: randomProgram(random),
        rawIp: randomProgram(random),
        tags,
      };
      checkFilter(filter, frames, random, tally);
    }
    expect(tally.matches / tally.runs).toBeGreaterThan(0.1);
  });

  it('run over plain memory, for packets inside packets', () => {
    const random = new Random(SEED + 2);
    const frames = Array.from({ length: 100 }, () => randomFrame(random));
    for (let count = 0; count < 100; count++) {
      const filter = compiled(random);
      using program = skb.bufferProgram(filter.ethernet);
      for (let turn = 0; turn < 10; turn++) {
        const made = randomCase(random.of(frames), random, filter);
        const { bytes, inFragments = 0 } = made.placement;
        const seen = bytes.subarray(0, bytes.length - inFragments);
        skb.put(made.placement);
        const should = expected(filter, { ...made, link: 'ethernet', seen, wireLength: seen.length });
        if (should !== undefined) expect(skb.verdict(program), story(filter, made)).toBe(Number(should));
      }
    }
  });

  it('put a tag back in front of loads at every offset', () => {
    const bytes = Uint8Array.from({ length: 200 }, (_, index) => (index * 7 + 1) & 255);
    const onWire = Uint8Array.from([...bytes.subarray(0, 12), 0x88, 0xa8, 0x60, 0x64, ...bytes.subarray(12)]);
    const tag = { proto: 0x88a8, tci: 0x6064 };
    skb.put({ bytes, start: 64, data: 78, macHeader: 64, networkHeader: 78, tag });
    for (let offset = 0; offset < 24; offset++)
      for (const size of [1, 2, 4] as const)
        for (const k of [offset, offset + 130]) {
          const insns = loadAndCompare(onWire, k, size, offset);
          using program = skb.program({ text: '', ethernet: insns, rawIp: insns, tags: 'inline' });
          expect([k, size, skb.verdict(program)]).toEqual([k, size, VERDICT.match]);
        }
  });

  it('pass the verifier when they are long', () => {
    const hosts = Array.from({ length: 100 }, (_, index) => `10.1.${index >> 8}.${index & 255}`);
    const ports = Array.from({ length: 100 }, (_, index) => 1000 + index * 7);
    const texts = [
      `host ${hosts.join(' or ')}`,
      `(host ${hosts.slice(0, 60).join(' or ')}) and (port ${ports.join(' or ')}) and not (net 10.1.0.0/28)`,
      `(${ports
        .slice(0, 50)
        .map(port => `(tcp port ${port} and host 10.1.0.${port & 255})`)
        .join(' or ')})`,
      hosts
        .slice(0, 40)
        .map((host, index) => `(ip[${index}] > ${index} and not src host ${host})`)
        .join(' and '),
    ];
    for (const text of texts)
      for (const filter of [compileWithLibpcap(text, pcap), ...plainOf(text)]) {
        expect(filter.ethernet.length).toBeGreaterThan(100);
        using program = skb.program(filter);
        const bytes = udpFrame(1007, [10, 1, 0, 40]);
        skb.put({ bytes, start: 64, data: 64, macHeader: 64, networkHeader: 78 });
        const should = pcap.run(encodeCbpf(filter.ethernet), bytes, bytes.length) !== 0;
        expect(skb.verdict(program), text).toBe(Number(should));
      }
  });

  it('pass the verifier where it finds that an offset has no bounds', () => {
    const insn = (code: number, k = 0): Cbpf[number] => ({ code, jt: 0, jf: 0, k });
    const insns = [
      insn(CBPF.neg),
      insn(CBPF.ldxImm, 14),
      insn(CBPF.rsh, 1),
      insn(CBPF.add + CBPF_X),
      insn(CBPF.tax),
      insn(CBPF.ldByteInd, 6),
      insn(CBPF.retA),
    ];
    using program = skb.program({ text: '', ethernet: insns, rawIp: insns, tags: 'inline' });
    const tag = { proto: 0x8100, tci: 1 };
    for (const byte of [0, 1]) {
      const bytes = new Uint8Array(60);
      bytes[16] = byte;
      skb.put({ bytes, start: 64, data: 78, macHeader: 64, networkHeader: 78, tag });
      expect(skb.verdict(program)).toBe(byte);
    }
  });

  it('know what the kernel keeps beside a packet', () => {
    const facts = {
      mark: 0x1234,
      protocol: 0x800,
      ifindex: 77,
      pktType: 4,
      tag: { proto: 0x88a8, tci: 0x6064 },
    };
    const bytes = udpFrame(53, [10, 0, 0, 2]);
    skb.put({ bytes, start: 64, data: 64, macHeader: 64, networkHeader: 78, ...facts });
    const values: [offset: number, value: number][] = [
      [0, 0x800],
      [4, 4],
      [8, 77],
      [20, 0x1234],
      [28, 1],
      [44, 0x6064],
      [48, 1],
      [60, 0x88a8],
    ];
    for (const [offset, value] of values) {
      const insns = [
        { code: CBPF.ldWordAbs, jt: 0, jf: 0, k: 0xffff_f000 + offset },
        { code: CBPF.jeq, jt: 0, jf: 1, k: value },
        { code: CBPF.retK, jt: 0, jf: 0, k: 1 },
        { code: CBPF.retK, jt: 0, jf: 0, k: 0 },
      ];
      using program = skb.program({ text: '', ethernet: insns, rawIp: insns, tags: 'hidden' });
      expect([offset, skb.verdict(program)]).toEqual([offset, VERDICT.match]);
    }
    using outbound = skb.program(compileWithLibpcap('outbound and udp', pcap));
    using inbound = skb.program(compileWithLibpcap('inbound and udp', pcap));
    expect([skb.verdict(outbound), skb.verdict(inbound)]).toEqual([VERDICT.match, VERDICT.noMatch]);
  });
});
