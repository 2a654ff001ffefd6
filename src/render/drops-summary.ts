import type { DropsEnd } from '../events/index.ts';
import { type Style, wrap } from './style.ts';

/** How often a reason came, and what is known of it. */
export interface ReasonTally {
  readonly reason: string;
  readonly count: number;
  readonly meaning: string | null;
}

/** The account at the end of a run, for a person. */
export function dropsSummary(
  end: DropsEnd,
  tallies: readonly ReasonTally[],
  style: Style,
  columns: number,
): string {
  const hidden = end.hiddenBenign > 0 ? `, ${end.hiddenBenign} benign hidden (--all shows them)` : '';
  const lost = end.lost > 0 ? style.warn(`, ${end.lost} lost`) : ', none lost';
  const head = `netwhy: ${style.bold(plural(end.events, 'drop'))} in ${end.seconds.toFixed(1)} s${hidden}${lost}\n`;
  const width = Math.max(0, ...tallies.map(({ reason }) => reason.length));
  const rows = [...tallies]
    .sort((a, b) => b.count - a.count)
    .map(({ reason, count, meaning }) => {
      const start = `${String(count).padStart(8)}  ${reason.padEnd(width)}  `;
      return `${start}${wrap(meaning ?? '', columns - start.length, ' '.repeat(start.length))}`.trimEnd();
    });
  return head + rows.map(row => `${row}\n`).join('');
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
