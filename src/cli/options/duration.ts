import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** "10" (seconds), "500ms", "1.5s", "2m", "1h" to milliseconds. */
export function parseDuration(text: string): number {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  const ms = found ? Number(found[1]) * UNITS[found[2] ?? 's']! : 0;
  if (!(ms > 0)) throw new InvalidArgumentError('Write it as 10 (seconds), 500ms, 1.5s, 2m or 1h.');
  return ms;
}
