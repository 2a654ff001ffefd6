import { describe, expect, it } from 'vitest';
import type { Journey } from '../trail/index.ts';
import { plainStyle } from './style.ts';
import { JOURNEYS } from './testdata/journeys.ts';
import { type FlatOptions, FlatText } from './trace-flat.ts';

const PLAIN: FlatOptions = { style: plainStyle, time: 'relative' };

function flat(journey: Journey, options: FlatOptions): string {
  const text = new FlatText(options);
  return text.header() + journey.steps.map(step => text.line(step)).join('');
}

describe('FlatText', () => {
  it.each(['nft-drop', 'router', 'ipv6'])('shows every hop of %s', async name => {
    await expect(flat(JOURNEYS[name]!(), PLAIN)).toMatchFileSnapshot(`testdata/trace-flat/${name}.txt`);
  });

  it('shows who called and the stack below', async () => {
    const journey = JOURNEYS['nft-drop']!();
    const steps = journey.steps.map(({ hop, look }) => ({
      look,
      hop: { ...hop, caller: 'caller_of_it+0x10', stack: [`${hop.function}+0x1`, 'caller_of_it+0x10'] },
    }));
    const text = flat({ ...journey, steps }, { ...PLAIN, caller: true, stack: true });
    await expect(text).toMatchFileSnapshot('testdata/trace-flat/nft-drop-stack.txt');
  });

  it('counts delta from the hop before of the same packet', () => {
    const text = new FlatText({ ...PLAIN, time: 'delta' });
    const [one, other] = [JOURNEYS['nft-drop']!().steps, JOURNEYS['router-reply']!().steps];
    text.line(one[0]!);
    text.line(other[1]!);
    expect(text.line(one[1]!).trimStart()).toMatch(/^1\.00 µs #7 /);
  });

  it('has a line for a hop whose look was lost', () => {
    const [{ hop } = { hop: null }] = JOURNEYS['nft-drop']!().steps;
    const line = new FlatText(PLAIN).line({ hop: hop!, look: null });
    expect(line).toMatch(/ - +- +- .*__ip_local_out\n$/);
    expect(line.indexOf('__ip_local_out')).toBe(new FlatText(PLAIN).header().indexOf('FUNCTION'));
  });
});
