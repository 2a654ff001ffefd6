import { InvalidArgumentError } from 'commander';

/** A whole number from 1 up. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1 up.');
  return value;
}

/** Collects a repeatable option; commas separate too. */
export function collect(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...text.split(',').filter(part => part !== '')];
}
