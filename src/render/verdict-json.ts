import type { Verdict } from '../diagnose/index.ts';

/** One line of JSON with its newline; the shape is docs/schema/verdict.schema.json. */
export function verdictJson(verdict: Verdict): string {
  return `${JSON.stringify(verdict)}\n`;
}
