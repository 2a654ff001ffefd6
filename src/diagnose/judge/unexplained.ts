import type { Flow, Incident } from '../facts/incident.ts';
import { flowsOf, whereOf } from './present.ts';
import type { Unexplained } from './verdict.ts';
import type { Findings } from './weigh.ts';

/** Incidents that no cause explains; a reset of a connection that one explains is part of that. */
export function unexplainedOf(findings: Findings): Unexplained[] {
  const known = new Set(
    [...findings].flatMap(([incident, found]) => (found.length > 0 ? connectionsOf(incident) : [])),
  );
  return [...findings]
    .filter(([incident, found]) => found.length === 0 && !isEcho(incident, known))
    .map(([incident]) => ({
      kind: incident.kind,
      reason: incident.reason,
      where: whereOf(incident, null),
      packets: incident.count,
      flows: flowsOf(incident),
    }));
}

function isEcho(incident: Incident, known: ReadonlySet<string>): boolean {
  return incident.kind === 'reset' && connectionsOf(incident).some(connection => known.has(connection));
}

function connectionsOf(incident: Incident): string[] {
  return flowsOf(incident).map(connectionOf);
}

/** The same for both directions. */
function connectionOf({ protocol, src, sport, dst, dport }: Flow): string {
  return [protocol, ...[`${src}|${sport}`, `${dst}|${dport}`].sort()].join('|');
}
