import type { ReasonEntry } from '../diagnose/index.ts';
import { padTo, type Style, wrap } from './style.ts';

/** A reason of this kernel and what is known of it. */
export interface ReasonRow {
  readonly reason: string;
  /** "core", "openvswitch", … or "reset". */
  readonly subsystem: string;
  readonly value: number;
  readonly entry: ReasonEntry | null;
}

/** One line each, or a paragraph each with cause and remedy when `full`. */
export function reasonsText(
  rows: readonly ReasonRow[],
  full: boolean,
  style: Style,
  columns: number,
): string {
  if (full) return rows.map(row => paragraph(row, style, columns)).join('\n');
  const width = Math.max(0, ...rows.map(row => nameOf(row).length));
  return rows.map(row => line(row, width, style, columns)).join('');
}

export function reasonsJson(rows: readonly ReasonRow[]): string {
  const line = ({ reason, subsystem, value, entry }: ReasonRow): string =>
    JSON.stringify({
      type: 'reason',
      subsystem,
      reason,
      value,
      ...(entry ?? { meaning: null }),
      name: undefined,
    });
  return rows.map(row => `${line(row)}\n`).join('');
}

function nameOf({ reason, subsystem }: ReasonRow): string {
  return subsystem === 'core' ? reason : `${subsystem}:${reason}`;
}

function line(row: ReasonRow, width: number, style: Style, columns: number): string {
  const benign = row.entry !== null && row.entry.benign !== 'no';
  const start = `${String(row.value).padStart(6)} `;
  const name = padTo(nameOf(row), width);
  const indent = ' '.repeat(start.length + width + 2);
  const text = wrap(
    row.entry?.meaning ?? 'nothing is known of this reason yet',
    columns - indent.length,
    indent,
  );
  return `${style.dim(start)}${benign ? style.dim(name) : style.bold(name)}  ${text}\n`;
}

const BENIGN: Readonly<Record<ReasonEntry['benign'], string>> = {
  no: 'no',
  usually: 'usually; netwhy drops hides it where it is',
  always: 'yes; netwhy drops hides it (--all shows it)',
};

function paragraph(row: ReasonRow, style: Style, columns: number): string {
  const { entry } = row;
  const head = `${style.bold(nameOf(row))} ${style.dim(`(${row.value})`)}\n`;
  if (!entry) return `${head}  nothing is known of this reason yet\n`;
  const parts: (readonly [string, string | undefined])[] = [
    ['means', entry.meaning],
    ['cause', entry.cause],
    ['do', entry.remedy],
    ['where', entry.where],
    ['benign', BENIGN[entry.benign]],
    ['since', entry.since],
    ['see', entry.see.join(', ')],
  ];
  const label = 8;
  const rows = parts.filter(([, text]) => text !== undefined && text !== '');
  const indent = ' '.repeat(label + 2);
  return (
    head +
    rows
      .map(
        ([name, text]) =>
          `  ${style.dim(padTo(name, label))}${wrap(text!, columns - indent.length, indent)}\n`,
      )
      .join('')
  );
}
