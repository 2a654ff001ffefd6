import type { Cause } from '../causes/cause.ts';
import { CAUSES } from '../causes/table.ts';
import type { Fact } from '../facts/fact.ts';
import { Facts } from '../facts/facts.ts';
import { NO_INCIDENT } from '../facts/incident.ts';
import { compareText } from '../facts/join.ts';
import type { Evidence } from './evidence.ts';
import { groupBy } from './group.ts';
import { factsOfIncident, quietIncident } from './incident-facts.ts';
import { present } from './present.ts';
import { type Presented, ranked, strongest } from './rank.ts';
import { isTolerated } from './tolerated.ts';
import { unexplainedOf } from './unexplained.ts';
import type { FoundCause, Unexplained, Verdict } from './verdict.ts';
import { capped, type Finding, type Findings, weigh } from './weigh.ts';

/** What the incidents and facts mean. Never throws; the order of what it is given does not matter. */
export function judge(evidence: Evidence, causes: readonly Cause[] = CAUSES): Verdict {
  const facts = allFactsOf(evidence);
  const findings = findingsOf(evidence, facts, causes);
  const found = presentAll(evidence, [...findings.values()].flat(), causes);
  const unexplained = unexplainedOf(findings);
  const quiet = isQuiet(evidence, found, unexplained) ? weighQuiet(evidence, facts, causes) : [];
  const { time, seen, lost, unseen } = evidence;
  return {
    type: 'verdict',
    time,
    verdict: wordOf(evidence, found, unexplained, quiet),
    causes: quiet.length > 0 && isSayable(evidence) ? presentAll(evidence, quiet, causes) : found,
    ...{ unexplained, unseen, seen, lost },
  };
}

/** Facts of the evidence, of its incidents and of the watch as a whole. */
export function allFactsOf(evidence: Evidence): Facts {
  const own = [...evidence.incidents, quietIncident(evidence.time)].flatMap(factsOfIncident);
  return new Facts([...evidence.facts, ...own, ...watchFacts(evidence)], evidence.gaps);
}

/** Of every incident: how much it is of all that was seen. */
function watchFacts({ seen: { packets }, time, incidents }: Evidence): Fact[] {
  if (packets === null) return [];
  return [NO_INCIDENT, ...incidents.map(({ key }) => key)].map(incident => ({
    ...{ name: 'watch.packets', value: packets, about: { incident }, source: 'the whole watch', time },
  }));
}

/** Incidents that belong to normal operation are left out. */
export function findingsOf(evidence: Evidence, facts: Facts, causes: readonly Cause[]): Findings {
  const troubles = evidence.incidents.filter(({ benign }) => !benign);
  const sorted = [...troubles].sort((a, b) => compareText(a.key, b.key));
  const weighed = sorted.map(incident => {
    const all = causes.flatMap(cause => weigh(cause, incident, facts) ?? []);
    return [incident, all.map(finding => capped(finding, evidence.filter))] as const;
  });
  return new Map(weighed.filter(([incident, found]) => isFirm(found) || !isTolerated(incident, facts)));
}

function isFirm(findings: readonly Finding[]): boolean {
  return findings.some(({ sure }) => sure !== 'possible');
}

function presentAll(
  { namespaces }: Evidence,
  findings: readonly Finding[],
  causes: readonly Cause[],
): FoundCause[] {
  const byInode = new Map(namespaces.map(namespace => [namespace.inode, namespace]));
  const kept = [...groupBy(findings, ({ incident }) => incident).values()].flatMap(strongest);
  const presented: Presented[] = kept.map(finding => ({
    cause: finding.cause,
    kind: finding.incident.kind,
    order: causes.indexOf(finding.cause),
    found: present(finding, byInode),
  }));
  return ranked(presented);
}

function weighQuiet(evidence: Evidence, facts: Facts, causes: readonly Cause[]): readonly Finding[] {
  const incident = quietIncident(evidence.time);
  return strongest(causes.flatMap(cause => weigh(cause, incident, facts) ?? []));
}

function isQuiet(
  { filter }: Evidence,
  found: readonly FoundCause[],
  unexplained: readonly Unexplained[],
): boolean {
  return found.length === 0 && unexplained.every(one => isEverydayReset(one, filter));
}

/** Without a filter other people's resets are everyday life; with one they are what was asked about. */
function isEverydayReset({ kind }: Unexplained, filter: string | null): boolean {
  return kind === 'reset' && filter === null;
}

/** Nothing lost, nothing essential hidden, and something seen: only then "nothing was dropped" can be said. */
function isSayable({ lost, unseen, seen, filter }: Evidence): boolean {
  const blind = unseen.some(({ essential }) => essential === true);
  return lost === 0 && !blind && !(filter !== null && seen.packets === 0);
}

function wordOf(
  evidence: Evidence,
  found: readonly FoundCause[],
  unexplained: readonly Unexplained[],
  quiet: readonly Finding[],
): Verdict['verdict'] {
  if (found.some(({ sure }) => sure !== 'possible')) return 'problem';
  if (!isQuiet(evidence, found, unexplained) || !isSayable(evidence)) return 'unknown';
  const troubled = quiet.some(
    ({ cause, hearing }) => cause.troubleIf !== undefined && hearing.aside(cause.troubleIf) === 'yes',
  );
  return troubled ? 'problem' : 'healthy';
}
