/** A JSON array of objects as iproute2 prints them; empty text is no row, text that is no JSON undefined. */
export function jsonRows(text: string): readonly JsonRow[] | undefined {
  if (text.trim() === '') return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter(isRow) : undefined;
  } catch {
    return undefined;
  }
}

export type JsonRow = Readonly<Record<string, unknown>>;

export function isRow(value: unknown): value is JsonRow {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The member when it is text; undefined else. */
export function textIn(row: JsonRow, name: string): string | undefined {
  const value = row[name];
  return typeof value === 'string' ? value : undefined;
}

/** The member when it is a number; undefined else. */
export function numberIn(row: JsonRow, name: string): number | undefined {
  const value = row[name];
  return typeof value === 'number' ? value : undefined;
}
