import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUnavailable } from '../base/index.ts';
import { runningBtf } from '../kernel/index.ts';
import { compileWithLibpcap, libpcap } from '../kernel/libpcap/index.ts';
import { openHandles } from '../sys/index.ts';
import { compilePlain, encodeCbpf, type PacketFilter, textOf } from './index.ts';
import { FakeSkb, VERDICT } from './testdata/fake-skb.ts';
import { randomExpression, randomPlainExpression } from './testdata/generate-expression.ts';
import { type Frame, randomFrame } from './testdata/generate-packet.ts';
import { randomProgram } from './testdata/generate-program.ts';
import { interpret, TooManyRounds } from './testdata/interpret.ts';
import { type Case, randomCase } from './testdata/placements.ts';
import { Random } from './testdata/random.ts';

const SEED = Number(process.env.NETWHY_FILTER_SEED ?? Date.now() % 2 ** 31);
const EXPRESSIONS = Number(process.env.NETWHY_FILTER_EXPRESSIONS ?? 2000);
/** An emulated machine stops earlier; never before this many. */
const FEWEST = 200;
const MOST_SECONDS = 60;
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
        : compileWithLibpcap(randomExpression(random), pcap).filter;
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
});
