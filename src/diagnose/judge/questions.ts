import type { Cause } from '../causes/cause.ts';
import { CAUSES } from '../causes/table.ts';
import type { FactName } from '../facts/catalogue.ts';
import type { Incident } from '../facts/incident.ts';
import type { Evidence } from './evidence.ts';
import { allFactsOf, findingsOf } from './judge.ts';

/** What would make the judge surer about one incident. */
export interface Question {
  readonly incident: Incident;
  readonly facts: readonly FactName[];
}

/** What to read next: facts that causes ask for and nobody brought, of the incidents without a certain cause. */
export function questionsOf(evidence: Evidence, causes: readonly Cause[] = CAUSES): Question[] {
  const findings = findingsOf(evidence, allFactsOf(evidence), causes);
  return [...findings].flatMap(([incident, found]) => {
    if (found.some(({ sure }) => sure === 'certain')) return [];
    const facts = [...new Set(found.flatMap(({ unknown }) => unknown))].sort();
    return facts.length > 0 ? [{ incident, facts }] : [];
  });
}
