import { describe, expect, it } from 'vitest';
import { plainStyle, styleOf } from './style.ts';
import { JOURNEYS } from './testdata/journeys.ts';
import { type TraceTextOptions, traceBlock } from './trace-block.ts';

const PLAIN: TraceTextOptions = { style: plainStyle, columns: 110, time: 'relative' };
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');

describe('traceBlock', () => {
  it.each(Object.entries(JOURNEYS))('shows %s', async (name, journeyOf) => {
    await expect(traceBlock(journeyOf(), PLAIN)).toMatchFileSnapshot(`testdata/trace/${name}.txt`);
  });

  it('needs at most 12 lines for a SYN that a rule drops, the last one says so', () => {
    const lines = traceBlock(JOURNEYS['nft-drop']!(), PLAIN).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(12);
    expect(lines.at(-1)).toContain(
      '✗ dropped NETFILTER_DROP at nft_do_chain+0x40f [nf_tables], eth0, netns web',
    );
  });

  it.each(['delta', 'absolute'] as const)('times lines by %s', async time => {
    const text = traceBlock(JOURNEYS['nft-drop']!(), { ...PLAIN, time });
    await expect(text).toMatchFileSnapshot(`testdata/trace/nft-drop-${time}.txt`);
  });

  it('says how long each stage took', async () => {
    const text = traceBlock(JOURNEYS['udp-read']!(), { ...PLAIN, latency: true });
    await expect(text).toMatchFileSnapshot('testdata/trace/udp-read-latency.txt');
  });

  it.each(Object.entries(JOURNEYS))('colours %s without changing it', (_, journeyOf) => {
    const text = traceBlock(journeyOf(), { ...PLAIN, style: styleOf(true) });
    expect(text).toMatch(ESCAPES);
    expect(text.replaceAll(ESCAPES, '')).toBe(traceBlock(journeyOf(), PLAIN));
  });

  it.each([80, 110, 200])('keeps to %i columns', columns => {
    for (const journeyOf of Object.values(JOURNEYS))
      for (const line of traceBlock(journeyOf(), { ...PLAIN, columns }).split('\n'))
        expect(line.length, line).toBeLessThanOrEqual(columns);
  });
});
