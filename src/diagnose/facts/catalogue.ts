import { CONNTRACK_FACTS, NETSTAT_FACTS, RT_CACHE_FACTS, SNMP_FACTS } from './counters.ts';
import { INCIDENT_FACTS } from './incident-rows.ts';
import { PATH_FACTS } from './path-rows.ts';
import { type FactRow, type FactSpec, specOf } from './spec.ts';
import { STATE_FACTS } from './state-rows.ts';

type Rows = typeof INCIDENT_FACTS &
  typeof PATH_FACTS &
  typeof STATE_FACTS &
  typeof SNMP_FACTS &
  typeof NETSTAT_FACTS &
  typeof CONNTRACK_FACTS &
  typeof RT_CACHE_FACTS;

export type FactName = keyof Rows;

const HAND_WRITTEN: Readonly<Record<string, FactRow>> = { ...INCIDENT_FACTS, ...PATH_FACTS, ...STATE_FACTS };

/** Every fact that the causes know. */
export const FACTS: Readonly<Record<FactName, FactSpec>> = {
  ...(Object.fromEntries(Object.entries(HAND_WRITTEN).map(([name, row]) => [name, specOf(row)])) as Record<
    keyof typeof INCIDENT_FACTS | keyof typeof PATH_FACTS | keyof typeof STATE_FACTS,
    FactSpec
  >),
  ...SNMP_FACTS,
  ...NETSTAT_FACTS,
  ...CONNTRACK_FACTS,
  ...RT_CACHE_FACTS,
};

export const FACT_NAMES: readonly FactName[] = Object.keys(FACTS) as FactName[];

export function isFactName(name: string): name is FactName {
  return Object.hasOwn(FACTS, name);
}
