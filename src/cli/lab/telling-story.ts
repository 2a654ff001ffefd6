import { causeOf } from '../../diagnose/index.ts';
import type { Story } from '../../lab/index.ts';
import { type VerdictTextOptions, verdictText, wrap } from '../../render/index.ts';
import type { Output } from '../output.ts';

const LABEL = 11;

/** Tells a scenario on the screen while it goes. */
export function tellingStory(out: Output, options: VerdictTextOptions): Story {
  const { style, columns } = options;
  const line = (label: string, text: string): void =>
    out.write(`${style.bold(label.padEnd(LABEL))}${wrap(text, columns - LABEL, ' '.repeat(LABEL))}\n`);
  return {
    begin: ({ id }, { drawing }) => {
      out.write(`\n${style.bold(style.name(id))}  ${causeOf(id)?.title ?? ''}\n`);
      line('topology', drawing);
    },
    healthy: (tally, verdict) =>
      line(
        'healthy',
        `${tally.passed} of ${tally.tried} exchanges passed; netwhy why says: ${style.good(verdict.verdict)}`,
      ),
    watching: (filter, seconds) => line('watching', `$ netwhy why '${filter}' --duration ${seconds}`),
    broken: ({ breaks }) => line('broken', breaks),
    traffic: tally => {
      line(
        'traffic',
        `${tally.passed} of ${tally.tried} exchanges passed${tally.problem === '' ? '' : `: ${style.bad(tally.problem)}`}`,
      );
    },
    verdict: verdict => out.write(`\n${verdictText(verdict, options)}\n`),
    step: ({ run, how, says }) => {
      line('fix', run.startsWith('#') ? run : `$ ${run}`);
      line('', how === 'ran' ? style.dim(says) : style.warn(`${how}: ${says}`));
    },
    cured: (cured, by) =>
      line(
        'result',
        cured ? style.good(`traffic passes again after: ${by}`) : style.bad('the traffic does not pass'),
      ),
  };
}
