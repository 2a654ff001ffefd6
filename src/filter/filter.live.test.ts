import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUnavailable } from '../base/index.ts';
import { runningBtf } from '../kernel/index.ts';
import { compileWithLibpcap, libpcap } from '../kernel/libpcap/index.ts';
import { encodeCbpf, type PacketFilter, textOf } from './index.ts';
import { FakeSkb, VERDICT } from './testdata/fake-skb.ts';
import { randomExpression } from './testdata/generate-expression.ts';
import { type Frame, randomFrame } from './testdata/generate-packet.ts';
import { interpret } from './testdata/interpret.ts';
import { type Case, randomCase } from './testdata/placements.ts';
import { Random } from './testdata/random.ts';

const SEED = Number(process.env.NETWHY_FILTER_SEED ?? Date.now() % 2 ** 31);
const EXPRESSIONS = Number(process.env.NETWHY_FILTER_EXPRESSIONS ?? 2000);
const CASES = 24;
const FRAMES = 400;

let skb: FakeSkb;
const pcap = libpcap()!;

beforeAll(() => {
  const btf = runningBtf();
  if (isUnavailable(btf)) throw new Error(btf.why);
  skb = new FakeSkb(btf);
});
afterAll(() => skb[Symbol.dispose]());

/** libpcap's interpreter on the bytes that the filter should have seen. */
function expected(filter: PacketFilter, { link, seen, wireLength }: Case): boolean {
  return pcap.run(encodeCbpf(filter[link]), seen, wireLength) !== 0;
}

function compiled(random: Random): PacketFilter {
  for (;;) {
    try {
      return compileWithLibpcap(randomExpression(random), pcap).filter;
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

describe(`filters in the kernel (seed ${SEED})`, () => {
  it(`agree with libpcap's interpreter on ${EXPRESSIONS} expressions`, { timeout: 1_800_000 }, () => {
    const random = new Random(SEED);
    const frames: Frame[] = Array.from({ length: FRAMES }, () => randomFrame(random));
    let matches = 0;
    let unseen = 0;
    for (let count = 0; count < EXPRESSIONS; count++) {
      const filter = compiled(random);
      using program = skb.program(filter);
      for (let turn = 0; turn < CASES; turn++) {
        const made = randomCase(random.of(frames), random, filter);
        skb.put(made.placement);
        const verdict = skb.verdict(program);
        const should = expected(filter, made);
        if ((verdict === VERDICT.match) !== should)
          expect.fail(`${should} but ${verdict}: ${story(filter, made)}`);
        if ((interpret(filter[made.link], made.seen, made.wireLength) !== 0) !== should)
          expect.fail(`interpreter: ${story(filter, made)}`);
        if (should) matches++;
        if (verdict === VERDICT.unseen) unseen++;
      }
    }
    const runs = EXPRESSIONS * CASES;
    expect(matches / runs).toBeGreaterThan(0.1);
    expect(matches / runs).toBeLessThan(0.9);
    expect(unseen).toBeGreaterThan(runs / 1000);
  });
});
