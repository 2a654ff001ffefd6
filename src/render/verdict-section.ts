import { padTo, type Style, wrap } from './style.ts';

export interface VerdictTextOptions {
  readonly style: Style;
  /** Characters per line. */
  readonly columns: number;
  /** Every cause with all it has, not only the first, and nothing cut. */
  readonly full?: boolean;
}

const LABEL = 12;
const INDENT = ' '.repeat(LABEL + 2);

/** Characters beside the margin. */
export function roomOf({ columns }: VerdictTextOptions): number {
  return columns - INDENT.length;
}

/** A label in the margin and its lines beside it; nothing without lines. Lines fit already, or are there to be copied. */
export function section(
  label: string,
  lines: readonly string[],
  { style }: VerdictTextOptions,
  paint: (text: string) => string = style.bold,
): string {
  const margins = lines.map((_, index) => (index === 0 ? `  ${paint(padTo(label, LABEL))}` : INDENT));
  return lines.map((line, index) => `${margins[index]}${line}\n`).join('');
}

/** Lines that fit beside the margin; broken before they are painted, as colours have no width. */
export function folded(text: string, options: VerdictTextOptions, indent = ''): string[] {
  return text === '' ? [] : wrap(text, roomOf(options) - indent.length, indent).split('\n');
}

/** A paragraph from the second column on. */
export function paragraph(text: string, { columns }: VerdictTextOptions): string {
  return `  ${wrap(text, columns - 2, '  ')}\n`;
}

/** The first few, unless everything is asked for. */
export function cut<T>(items: readonly T[], limit: number, { full }: VerdictTextOptions): readonly T[] {
  return full ? items : items.slice(0, limit);
}

/** A line that tells how many were cut; none when none were. */
export function hiddenLines(count: number, { style }: VerdictTextOptions): string[] {
  return count > 0 ? [style.dim(`and ${count} more (--json has all)`)] : [];
}
