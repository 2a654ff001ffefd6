import { isUnavailable } from '../../base/index.ts';
import { routeOf } from '../../collect/index.ts';
import type { Symptom } from '../../diagnose/index.ts';
import { inodeAt } from '../../kernel/index.ts';
import type { Machine } from '../machine.ts';
import { placeOf } from './places.ts';
import { FOUND } from './route-facts.ts';

const MOST_ASKED = 12;

/**
 * Leaves out lookups that failed though there is a route now: the stack tries some in vain before it finds the right
 * table or source, and what it settled on is what counts.
 */
export function lastingOnly(machine: Machine, symptoms: readonly Symptom[]): Symptom[] {
  const answers = new Map<string, boolean>();
  const lasts = ({ netns, packet }: Symptom): boolean => {
    const key = `${netns}|${packet?.dst}`;
    if (!answers.has(key) && answers.size < MOST_ASKED)
      answers.set(key, stillFails(machine, netns, packet?.dst));
    return answers.get(key) ?? true;
  };
  return symptoms.filter(symptom => symptom.kind !== 'lookup' || lasts(symptom));
}

/** In a namespace that is being taken down, routes go before sockets do: nobody misses them. */
function stillFails(machine: Machine, netns: number | null, dst: string | undefined): boolean {
  const found = netns === null ? undefined : machine.namespaces.find(netns);
  if (found === undefined || inodeAt(found.path) !== found.inode) return false;
  const route = dst === undefined ? undefined : routeOf(placeOf(found), { dst });
  return route === undefined || isUnavailable(route) || !FOUND.has(route.value.type);
}
