import type { About, Fact, FactName, FactValue } from '../../diagnose/index.ts';

/** Where and when something was read. */
export interface Origin {
  readonly source: string;
  readonly time: string;
}

export type Values = Partial<Record<FactName, FactValue | undefined>>;

/** One fact for each value that is not undefined: undefined was not read, null is not there. */
export function factsOf(values: Values, about: About, { source, time }: Origin): Fact[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name: name as FactName, value, about, source, time }],
  );
}
