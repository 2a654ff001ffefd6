import type { ConntrackFinding, ConntrackHealth, TallyRow } from '../events/index.ts';
import { padTo, type Style, wrap } from './style.ts';

export interface ConntrackTextOptions {
  readonly style: Style;
  readonly columns: number;
}

const INDENT = '  ';
const BAR = 20;
/** The counters worth a line, in this order; the others only when they moved. */
const SHOWN = ['new', 'insert', 'drop', 'early_drop', 'invalid', 'insert_failed'] as const;
const LEVELS: Readonly<Record<ConntrackFinding['level'], (style: Style) => (text: string) => string>> = {
  problem: style => style.bad,
  warning: style => style.warn,
  note: style => style.name,
};

/** One table: how full, what moved, what is wrong and what to run, who fills it. */
export function conntrackText(health: ConntrackHealth, options: ConntrackTextOptions): string {
  const { style } = options;
  const { netnsName, count, max, buckets, fill, tally, missing } = health;
  const percent = `${(fill * 100).toFixed(fill < 0.1 ? 1 : 0)}%`;
  const size = max === 0 ? `${count} entries, no limit` : `${count} of ${max} entries, ${percent}`;
  const lines = [
    `${style.bold(netnsName)}  ${max === 0 ? '' : `${bar(fill, style)} `}${size}${buckets === null ? '' : style.dim(`, ${buckets} buckets`)}`,
    ratesLine(health, style),
    ...health.findings.flatMap(finding => findingLines(finding, options)),
    ...(health.findings.length === 0
      ? [`${INDENT}${style.good('healthy')}: it has room and loses nothing`]
      : []),
  ];
  if (tally !== null && tally.total > 0) {
    const { assured, unreplied, translated } = tally;
    lines.push(
      `${INDENT}${assured} assured, ${unreplied} without an answer, ${translated} translated by NAT`,
    );
    lines.push(
      ...list('from', tally.sources, style),
      ...list('to', tally.services, style),
      ...list('state', tally.states, style),
    );
  }
  for (const { what, why, instead } of missing)
    lines.push(`${INDENT}${style.dim(`not seen: ${what}: ${why}; ${instead}`)}`);
  return `${lines.join('\n')}\n`;
}

function bar(fill: number, style: Style): string {
  const full = Math.min(BAR, Math.round(fill * BAR));
  const colour = fill >= 0.95 ? style.bad : fill >= 0.8 ? style.warn : style.good;
  return `[${colour('#'.repeat(full))}${'.'.repeat(BAR - full)}]`;
}

function ratesLine({ moved, seconds, dropCpus }: ConntrackHealth, style: Style): string {
  const others = Object.keys(moved).filter(
    name => !(SHOWN as readonly string[]).includes(name) && (moved[name] ?? 0) > 0,
  );
  const words = [...SHOWN, ...others].map(name => {
    const value = moved[name];
    if (value === undefined || value === null) return style.dim(`${name} ?`);
    const text = `${name} ${(value / seconds).toFixed(value === 0 ? 0 : 1)}/s`;
    return value > 0 && (name === 'drop' || name === 'early_drop' || name === 'insert_failed')
      ? style.bad(text)
      : text;
  });
  const cpus = dropCpus.length === 0 ? '' : ` (dropped on CPU ${dropCpus.join(', ')})`;
  return `${INDENT}over ${seconds.toFixed(1)} s: ${words.join('  ')}${cpus}`;
}

function findingLines(
  { level, says, do: advice }: ConntrackFinding,
  { style, columns }: ConntrackTextOptions,
): string[] {
  const word = `${INDENT}${LEVELS[level](style)(padTo(level, 8))}`;
  const indent = ' '.repeat(INDENT.length + 8);
  return [
    `${word}${wrap(says, Math.max(40, columns - indent.length), indent)}`,
    ...advice.map(command => `${indent}${style.name(command)}`),
  ];
}

function list(title: string, rows: readonly TallyRow[], style: Style): string[] {
  return rows.map(({ key, count, shortestTimeout, longestTimeout }, at) => {
    const times = style.dim(
      shortestTimeout === longestTimeout
        ? `forgotten in ${longestTimeout} s`
        : `forgotten in ${shortestTimeout} to ${longestTimeout} s`,
    );
    return `${INDENT}${style.dim(padTo(at === 0 ? title : '', 6))}${String(count).padStart(9)}  ${padTo(key, 34)} ${times}`;
  });
}

/** One JSON object, on one line. */
export function conntrackJson(health: ConntrackHealth): string {
  return `${JSON.stringify(health)}\n`;
}
