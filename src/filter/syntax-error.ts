import { FilterSyntaxError } from '../base/index.ts';

/**
 * The error of a filter text, its message showing the place:
 *
 *     packet filter: expected a port number at character 9
 *       tcp port x
 *                ^
 */
export function filterError(
  text: string,
  position: number | undefined,
  wrong: string,
  hint?: string,
): FilterSyntaxError {
  return new FilterSyntaxError(messageOf(text, position, wrong), text, position, hint);
}

function messageOf(text: string, position: number | undefined, wrong: string): string {
  const line = text.replace(/[\t\r\n]/g, ' ');
  if (position === undefined) return `packet filter: ${wrong}\n  ${line}`;
  const place = position >= text.length ? 'at the end' : `at character ${position + 1}`;
  return `packet filter: ${wrong} ${place}\n  ${line}\n  ${' '.repeat(position)}^`;
}
