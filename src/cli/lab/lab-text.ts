import type { LabReport } from '../../lab/index.ts';
import type { Style } from '../../render/index.ts';

interface ListRow {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly title: string;
  readonly families: readonly string[];
  readonly breaks: string;
}

/** What can be run, and what each breaks. */
export function labList(rows: readonly ListRow[], style: Style): string {
  return rows
    .map(({ id, aliases, title, families, breaks }) => {
      const names = [id, ...aliases].join(', ');
      return `${style.bold(names)}  ${families.join(', ')}\n  ${title}\n  ${style.dim(`broken: ${breaks}`)}\n`;
    })
    .join('');
}

const MARK: Readonly<Record<string, string>> = { true: 'yes', false: 'NO', null: '-' };

/** A line per scenario that was run. */
export function labSummary(reports: readonly LabReport[], style: Style): string {
  const width = Math.max(8, ...reports.map(({ id }) => id.length));
  const head = `${'scenario'.padEnd(width)}  cause first  fix cures  healthy silent  seconds`;
  const rows = reports.map(({ id, causeFirst, fixCures, curedBy, healthySilent, seconds, reason }) => {
    const fix = curedBy?.startsWith('#') ? 'by advice' : MARK[String(fixCures)]!;
    const cells = [
      cell(causeFirst, 11),
      fix.padEnd(9),
      cell(healthySilent, 14),
      seconds.toFixed(1).padStart(7),
    ];
    return `${id.padEnd(width)}  ${cells.join('  ')}${reason === null ? '' : `  ${style.warn(reason)}`}`;
  });
  return `${style.bold(head)}\n${rows.map(row => `${row}\n`).join('')}`;
}

function cell(value: boolean | null, width: number): string {
  return (MARK[String(value)] ?? '').padEnd(width);
}
