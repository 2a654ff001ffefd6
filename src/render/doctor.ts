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
const WORD_WIDTH = 6;
const WIDEST_TITLE = 18;

/** One screen: the answer, then what is missing with what that costs and what to do, then what is there. */
export function doctorText(examination: Examination, style: Style, columns: number): string {
  const groups = joined([...examination.checks].sort((a, b) => weightOf(a) - weightOf(b)));
  const titles = groups.map(group => group.title.length);
  const width = Math.min(WIDEST_TITLE, Math.max(...titles, 0));
  return `${headline(examination, style)}\n\n${groups.map(group => rowText(group, width, style, columns)).join('')}`;
}

function headline({ canSeeDrops, kernel, distribution, user }: Examination, style: Style): string {
  const answer = canSeeDrops ? style.good('Drops can be seen') : style.bad('Drops can not be seen');
  return style.bold(`${answer}: kernel ${kernel}, ${distribution}, ${user}.`);
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

function rowText(check: Check, width: number, style: Style, columns: number): string {
  const start = ' '.repeat(MARGIN) + wordOf(check, style);
  const indent = ' '.repeat(MARGIN + WORD_WIDTH + width + 2);
  const body = [
    check.found === '' ? undefined : check.found,
    check.costs === undefined ? undefined : style.dim(`costs: ${check.costs}`),
    check.do === undefined ? undefined : `do:    ${style.name(check.do)}`,
  ].filter(part => part !== undefined);
  return [start + titled(check.title, body[0], width, indent, columns), ...body.slice(1).map(part => indent + wrap(part, columns - indent.length, indent))].join('\n') + '\n';
}
