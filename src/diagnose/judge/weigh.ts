import type { Cause, Sure } from '../causes/cause.ts';
import type { FactName } from '../facts/catalogue.ts';
import { FACTS } from '../facts/catalogue.ts';
import type { Facts, Place } from '../facts/facts.ts';
import type { Incident } from '../facts/incident.ts';
import { Hearing } from './answer.ts';

/** A cause that may explain an incident. */
export interface Finding {
  readonly cause: Cause;
  readonly incident: Incident;
  readonly sure: Sure;
  readonly hearing: Hearing;
  /** Facts that nobody collected and that would make it surer. */
  readonly unknown: readonly FactName[];
}

/** Incidents with the causes that may explain them; none for those that nothing explains. */
export type Findings = ReadonlyMap<Incident, readonly Finding[]>;

export const SURENESS: Readonly<Record<Sure, number>> = { certain: 2, likely: 1, possible: 0 };

export function placeOf({ key, netns, ifname }: Incident): Place {
  return { incident: key, netns, ifname };
}

/** The first condition is the symptom: unless it holds, the cause is not considered. */
export function weigh(cause: Cause, incident: Incident, facts: Facts): Finding | undefined {
  const hearing = new Hearing(facts, placeOf(incident));
  const [symptom, ...rest] = cause.when;
  if (!symptom || hearing.answer(symptom) !== 'yes') return undefined;
  const answers = rest.map(condition => hearing.answer(condition));
  if (answers.includes('no')) return undefined;
  if (answers.includes('unknown'))
    return { cause, incident, sure: 'possible', hearing, unknown: askable(hearing) };
  const sure = surenessOf(cause, hearing);
  return {
    cause,
    incident,
    sure,
    hearing,
    unknown: sure === 'certain' ? [] : openOf(cause, facts, incident),
  };
}

function surenessOf(cause: Cause, hearing: Hearing): Sure {
  const row = cause.sureIf?.find(({ all }) => hearing.allOf(all) === 'yes');
  return row && SURENESS[row.sure] > SURENESS[cause.sure] ? row.sure : cause.sure;
}

/** What the rows that would make it surer still miss. */
function openOf(cause: Cause, facts: Facts, incident: Incident): FactName[] {
  const open = new Hearing(facts, placeOf(incident));
  for (const { all } of cause.sureIf ?? []) open.allOf(all);
  return askable(open);
}

/** Missing facts that a collector could bring. */
function askable({ missing }: Hearing): FactName[] {
  return [...missing].filter(name => FACTS[name].from !== 'incident');
}

/**
 * Counters count everybody's packets: with a filter they can make a cause likely, and certain only together with
 * something that was read for the flow itself.
 */
export function capped(finding: Finding, filter: string | null): Finding {
  const { incident, hearing, sure } = finding;
  if (sure !== 'certain' || incident.kind !== 'counter' || filter === null) return finding;
  const tied = [...hearing.used.values()].some(
    ({ name, about }) => about.incident !== undefined && FACTS[name].from !== 'incident',
  );
  return tied ? finding : { ...finding, sure: 'likely' };
}
