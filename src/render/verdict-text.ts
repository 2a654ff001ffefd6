import type { FoundCause, Unexplained, Unseen, Verdict } from '../diagnose/index.ts';
import { wrap } from './style.ts';
import { alsoBlock, causeBlock, flowText, openBlock, SURE_WORDS, whereLines } from './verdict-cause.ts';
import { cut, folded, hiddenLines, section, type VerdictTextOptions } from './verdict-section.ts';

/** What fits a screen. */
const MAX = { others: 4, open: 6, unexplained: 5, unseen: 5 } as const;

/** The verdict for a person: one screen, ending with what was not seen and what was lost. */
export function verdictText(verdict: Verdict, options: VerdictTextOptions): string {
  const { warn } = options.style;
  const { unexplained, unseen } = verdict;
  return [
    headline(verdict, options),
    causesText(verdict, options),
    listed('unexplained', unexplained, MAX.unexplained, unexplainedText, options, warn),
    listed('not seen', unseen, MAX.unseen, unseenText, options, warn),
    account(verdict, options),
  ].join('');
}

const WORDS: Readonly<Record<Verdict['verdict'], string>> = {
  problem: 'PROBLEM',
  healthy: 'HEALTHY',
  unknown: 'UNKNOWN',
};

function headline(verdict: Verdict, { style, columns }: VerdictTextOptions): string {
  const paint = { problem: style.bad, healthy: style.good, unknown: style.warn }[verdict.verdict];
  const word = WORDS[verdict.verdict];
  const indent = ' '.repeat(word.length + 2);
  const lines = wrap(headText(verdict), columns - indent.length, indent).split('\n');
  return `${style.bold(paint(word))}  ${lines.map(line => style.bold(line)).join('\n')}\n`;
}

function headText(verdict: Verdict): string {
  const [first] = verdict.causes;
  if (!first) return emptyText(verdict);
  if (verdict.verdict === 'unknown') return openText(verdict.causes.length);
  if (verdict.verdict === 'healthy') return first.title;
  return `${first.title} (${SURE_WORDS[first.sure]})`;
}

function openText(causes: number): string {
  return causes === 1
    ? 'Something went wrong here; what is known fits one cause, but does not prove it.'
    : `Something went wrong here; what is known does not decide between ${causes} causes.`;
}

/** Without a cause. */
function emptyText({ verdict, unexplained, seen, lost }: Verdict): string {
  if (verdict === 'healthy') return 'Nothing was dropped or reset here.';
  if (unexplained.length > 0) return 'Something went wrong here that no known cause explains.';
  if (seen.packets === 0)
    return 'No matching packet was seen: it does not reach this machine, or nobody sent one.';
  return lost > 0
    ? 'No trouble was seen, but events were lost.'
    : 'No trouble was seen, but not everything could be watched.';
}

function causesText(verdict: Verdict, options: VerdictTextOptions): string {
  const firm = verdict.causes.filter(({ sure }) => sure !== 'possible');
  const open = verdict.causes.filter(({ sure }) => sure === 'possible');
  const [first, ...rest] = firm;
  return [
    first ? causeBlock(first, options) : '',
    ...cut(rest, MAX.others, options).map(cause => alsoBlock(cause, options)),
    ...left(rest, MAX.others, options),
    openHead(firm, open, options),
    openBlock(cut(open, MAX.open, options), options),
    ...left(open, MAX.open, options),
  ].join('');
}

function openHead(
  firm: readonly FoundCause[],
  open: readonly FoundCause[],
  { style }: VerdictTextOptions,
): string {
  return firm.length > 0 && open.length > 0 ? `${style.bold('ALSO')}  ${style.bold('Not decided')}\n` : '';
}

function left(items: readonly unknown[], limit: number, options: VerdictTextOptions): string[] {
  return hiddenLines(items.length - cut(items, limit, options).length, options).map(line => `  ${line}\n`);
}

function listed<T>(
  label: string,
  items: readonly T[],
  limit: number,
  textOf: (item: T) => string,
  options: VerdictTextOptions,
  paint: (text: string) => string,
): string {
  const shown = cut(items, limit, options);
  const lines = shown.flatMap(item => folded(textOf(item), options, '  '));
  return section(label, [...lines, ...hiddenLines(items.length - shown.length, options)], options, paint);
}

function unexplainedText({ kind, reason, where, packets, flows }: Unexplained): string {
  const what = `${packets} × ${kind} ${reason ?? 'without a reason'}`;
  const [flow] = flows;
  return [what, ...whereLines(where), ...(flow ? [flowText(flow)] : [])].join(', ');
}

function unseenText({ what, why, instead }: Unseen): string {
  return `${what}: ${why}${instead === '' ? '' : ` (${instead})`}`;
}

function account({ seen, lost }: Verdict, { style }: VerdictTextOptions): string {
  const { packets, dropped, benign, resets } = seen;
  const parts = [
    ...(packets === null ? [] : [`${packets} packets`]),
    `${dropped} dropped${benign > 0 ? ` (${benign} as part of normal operation)` : ''}`,
    `${resets} resets`,
  ];
  const loss = lost > 0 ? style.warn(`${lost} events lost`) : style.dim('no event lost');
  return `${style.dim(`seen: ${parts.join(', ')};`)} ${loss}\n`;
}
