import { padTo, type Style, wrap } from './style.ts';

/** One rung of what this machine and this user can see. */
export interface Check {
  /** Stable: "kprobe-multi". */
  readonly id: string;
  readonly title: string;
  readonly ok: 'yes' | 'degraded' | 'no';
  /** Without it no drop is seen. */
  readonly needed: boolean;
  /** What was seen, and why it is not more. Empty when there is nothing to add to "yes". */
  readonly found: string;
  /** What the user loses; absent when nothing. */
  readonly costs?: string;
  /** What to do about it; absent when nothing is. */
  readonly do?: string;
}

/** What `netwhy doctor` found out. */
export interface Examination {
  readonly kernel: string;
  readonly distribution: string;
  readonly user: string;
  readonly canSeeDrops: boolean;
  readonly checks: readonly Check[];
}

const MARGIN = 2;
const WORDS: Readonly<Record<Check['ok'], string>> = { yes: 'ok', degraded: 'part', no: 'no' };
const COLOURS: Readonly<Record<Check['ok'], (style: Style) => (text: string) => string>> = {
  yes: style => style.good,
  degraded: style => style.warn,
  no: style => style.bad,
};
const WORD_WIDTH = 6;
const WIDEST_TITLE = 18;

/** One screen: the answer, then what is missing with what that costs and what to do, then what is there. */
export function doctorText(examination: Examination, style: Style, columns: number): string {
  const groups = joined([...examination.checks].sort((a, b) => weightOf(a) - weightOf(b)));
  const titles = groups.map(group => group.title.length).filter(length => length <= WIDEST_TITLE);
  const layout = columnsOf(Math.max(...titles, 0), columns);
  const text = (wanted: boolean): string =>
    groups
      .filter(group => (group.ok === 'yes') === wanted)
      .map(group => rowText(group, layout, style))
      .join('');
  return [`${headline(examination, style, columns)}\n`, text(false), text(true)]
    .filter(part => part !== '')
    .join('\n');
}

function headline(
  { canSeeDrops, kernel, distribution, user }: Examination,
  style: Style,
  columns: number,
): string {
  const colour = canSeeDrops ? style.good : style.bad;
  const answer = `Drops can ${canSeeDrops ? '' : 'not '}be seen: kernel ${kernel}, ${distribution}, as ${user}.`;
  return style.bold(colour(wrap(answer, columns, '')));
}

/** What stops everything, then what is missing, then what is halved, then the rest. */
function weightOf({ ok, needed }: Check): number {
  if (ok === 'yes') return 3;
  if (ok === 'degraded') return 2;
  return needed ? 0 : 1;
}

/** Checks that say the same in every word share a row. */
function joined(checks: readonly Check[]): Check[] {
  const rows = new Map<string, Check>();
  for (const check of checks) {
    const key = JSON.stringify([check.ok, check.found, check.costs, check.do]);
    const row = rows.get(key);
    rows.set(key, row === undefined ? check : { ...row, title: `${row.title}, ${check.title}` });
  }
  return [...rows.values()];
}

interface Columns {
  /** Of the titles. */
  readonly width: number;
  readonly columns: number;
  /** Where what was found begins. */
  readonly indent: number;
}

function columnsOf(width: number, columns: number): Columns {
  return { width, columns, indent: MARGIN + WORD_WIDTH + width + 2 };
}

/** Text for a place that starts `indent` characters into the line. */
function folded(text: string, indent: number, columns: number): string {
  return wrap(text, Math.max(30, columns - indent), '').replaceAll('\n', `\n${' '.repeat(indent)}`);
}

const DETAIL_INDENT = MARGIN + WORD_WIDTH + 2;

function rowText(check: Check, layout: Columns, style: Style): string {
  const detail = (text: string, colour: (text: string) => string): string =>
    `${' '.repeat(DETAIL_INDENT)}${colour(folded(text, DETAIL_INDENT, layout.columns))}\n`;
  const costs = check.costs === undefined ? '' : detail(`costs: ${check.costs}`, style.dim);
  const way = check.do === undefined ? '' : detail(`do: ${check.do}`, style.name);
  return `${firstLine(check, layout, style)}\n${costs}${way}`;
}

/** Word, title and what was found; a list of titles that is too long for its column gets a line of its own. */
function firstLine({ ok, title, found }: Check, { width, columns, indent }: Columns, style: Style): string {
  const word = COLOURS[ok](style)(padTo(WORDS[ok], WORD_WIDTH));
  const start = `${' '.repeat(MARGIN)}${word}`;
  if (title.length <= width)
    return `${start}${style.bold(padTo(title, width))}  ${folded(found, indent, columns)}`.trimEnd();
  const titles = `${start}${style.bold(folded(title, MARGIN + WORD_WIDTH, columns))}`;
  if (found === '') return titles;
  const fits = MARGIN + WORD_WIDTH + title.length + 2 + found.length <= columns;
  return fits
    ? `${titles}  ${found}`
    : `${titles}\n${' '.repeat(DETAIL_INDENT)}${folded(found, DETAIL_INDENT, columns)}`;
}

/** NDJSON: one object per check, and the end. `time` as RFC 3339. */
export function doctorJson(examination: Examination, time: string): string {
  const { checks, canSeeDrops, kernel, distribution, user } = examination;
  const count = (ok: Check['ok']): number => checks.filter(check => check.ok === ok).length;
  const end = {
    type: 'end',
    time,
    canSeeDrops,
    kernel,
    distribution,
    user,
    checks: checks.length,
    degraded: count('degraded'),
    no: count('no'),
  };
  return [...checks.map(check => ({ type: 'check', time, ...check })), end]
    .map(object => `${JSON.stringify(object)}\n`)
    .join('');
}
