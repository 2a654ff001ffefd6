import {
  type Advice,
  type EvidenceLine,
  FACTS,
  type FactValue,
  type Flow,
  type FoundCause,
  type Sure,
  type Where,
} from '../diagnose/index.ts';
import { padTo } from './style.ts';
import {
  cut,
  folded,
  hiddenLines,
  paragraph,
  roomOf,
  section,
  type VerdictTextOptions,
} from './verdict-section.ts';

/** What fits a screen. */
const MAX = { evidence: 8, fixes: 4, checks: 3, flows: 3 } as const;

export const SURE_WORDS: Readonly<Record<Sure, string>> = {
  certain: 'certain',
  likely: 'likely',
  possible: 'only possible',
};

/** One cause with all that belongs to it. */
export function causeBlock(cause: FoundCause, options: VerdictTextOptions): string {
  const { style } = options;
  const checks = cut(cause.check, MAX.checks, options).map(check => style.name(check));
  const settles = cause.settles.flatMap(text => folded(text, options));
  return [
    paragraph(cause.says, options),
    section('cause', [style.name(cause.id)], options),
    placeLines(cause, options),
    section('evidence', evidenceLines(cause.evidence, options), options),
    section('fix', fixLines(cause.advice, options), options, style.good),
    section('check', checks, options),
    section('to settle', settles, options, style.warn),
  ].join('');
}

/** A further cause in a few lines. */
export function alsoBlock(cause: FoundCause, options: VerdictTextOptions): string {
  const { style, full } = options;
  const head = `${style.bold('ALSO')}  ${style.bold(`${cause.title} (${SURE_WORDS[cause.sure]})`)}\n`;
  if (full) return head + causeBlock(cause, options);
  const [fix] = cause.fix;
  const [where] = whereLines(cause.where);
  return [
    head,
    paragraph(cause.says, options),
    section('cause', [style.name(cause.id)], options),
    section('where', where === undefined ? [] : folded(where, options), options),
    section('fix', fix === undefined ? [] : commandLines(fix, options), options, style.good),
  ].join('');
}

/** Causes that nothing decides between: what is known once, then each with what would settle it. */
export function openBlock(causes: readonly FoundCause[], options: VerdictTextOptions): string {
  const { style } = options;
  const [first] = causes;
  const each = causes.map(({ id, title, settles }) =>
    [
      section('possible', folded(`${id}: ${title}`, options), options, style.warn),
      section(
        '  to settle',
        settles.flatMap(text => folded(text, options)),
        options,
        style.dim,
      ),
    ].join(''),
  );
  const known = first
    ? [placeLines(first, options), section('known', evidenceLines(first.evidence, options), options)]
    : [];
  return [...known, ...each].join('');
}

function placeLines(cause: FoundCause, options: VerdictTextOptions): string {
  const where = whereLines(cause.where).flatMap(line => folded(line, options));
  return section('where', where, options) + section('packets', folded(flowsText(cause), options), options);
}

/** Function, interface and namespace; then the rule. */
export function whereLines({ function: name, ifname, netns, netnsName, rule }: Where): string[] {
  const parts = [
    name === null ? '' : `${name}()`,
    ifname === null ? '' : `on ${ifname}`,
    netns === null && netnsName === null ? '' : `in namespace ${netnsName ?? netns}`,
  ].filter(part => part !== '');
  return [...(parts.length > 0 ? [parts.join(' ')] : []), ...(rule === null ? [] : [`rule ${rule}`])];
}

function flowsText({ packets, flows }: FoundCause): string {
  if (packets === 0) return '';
  const shown = flows.slice(0, MAX.flows).map(flowText);
  const others = flows.length > shown.length ? ', …' : '';
  return shown.length > 0 ? `${packets}: ${shown.join(', ')}${others}` : String(packets);
}

/** "tcp 10.0.0.1:33 → [fd00::1]:80". */
export function flowText({ protocol, src, sport, dst, dport }: Flow): string {
  return `${protocol} ${endText(src, sport)} → ${endText(dst, dport)}`;
}

function endText(address: string | null, port: number | null): string {
  if (address === null) return '?';
  if (port === null) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function evidenceLines(evidence: readonly EvidenceLine[], options: VerdictTextOptions): string[] {
  const shown = cut(evidence, MAX.evidence, options);
  const texts = shown.map(line => `${line.fact} = ${valueText(line)}`);
  const width = Math.max(0, ...texts.filter(isShort).map(text => text.length));
  const lines = shown.flatMap(({ source, time }, index) =>
    evidenceLine(texts[index]!, `${source}, ${time.slice(11, 19)}`, width, options),
  );
  return [...lines, ...hiddenLines(evidence.length - shown.length, options)];
}

/** Characters of a fact that its source still stands beside. */
const MAX_FACT = 44;

function isShort(text: string): boolean {
  return text.length <= MAX_FACT;
}

/** Source and time beside the fact, or below it where there is no room. */
function evidenceLine(text: string, from: string, width: number, options: VerdictTextOptions): string[] {
  const { dim } = options.style;
  if (isShort(text) && width + 2 + from.length <= roomOf(options))
    return [`${padTo(text, width)}  ${dim(from)}`];
  const source = folded(from, options, '  ').map((line, index) => dim(index === 0 ? `  ${line}` : line));
  return [...folded(text, options, '  '), ...source];
}

function valueText({ fact, value }: EvidenceLine): string {
  const unit = FACTS[fact].unit;
  return typeof value === 'number' && unit !== undefined ? `${value} ${unit}` : factText(value);
}

function factText(value: FactValue): string {
  if (value === null) return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return Array.isArray(value) ? value.slice(0, 4).join(' ← ') : String(value);
}

function fixLines(advice: readonly Advice[], options: VerdictTextOptions): string[] {
  const shown = cut(advice, MAX.fixes, options);
  const lines = shown.flatMap(one => fixLine(one, options));
  return [...lines, ...hiddenLines(advice.length - shown.length, options)];
}

/** A command unbroken, to be copied. What is no command is a comment to the shell. */
function commandLines(run: string, options: VerdictTextOptions): string[] {
  const lines = run.startsWith('#') ? folded(run, options, '# ') : [run];
  return lines.map(line => options.style.name(line));
}

/** The command, and below it what it changes. */
function fixLine({ run, changes, risk, hostWide }: Advice, options: VerdictTextOptions): string[] {
  const { style } = options;
  if (run.startsWith('#')) return commandLines(run, options);
  const scope = hostWide ? ' (on the whole machine)' : '';
  const note = `${changes}${scope}.${risk === null ? '' : ` Risk: ${risk}`}`;
  const told = folded(note, options, '    ');
  return [
    ...commandLines(run, options),
    ...told.map((line, index) => style.dim(index === 0 ? `    ${line}` : line)),
  ];
}
