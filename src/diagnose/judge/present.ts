import type { Cause, Command, Saying, Template } from '../causes/cause.ts';
import type { FactName } from '../facts/catalogue.ts';
import { FACTS } from '../facts/catalogue.ts';
import type { Fact } from '../facts/fact.ts';
import { type Flow, type Incident, NO_INCIDENT } from '../facts/incident.ts';
import { flowOf } from '../facts/join.ts';
import type { Hearing } from './answer.ts';
import type { Namespace } from './evidence.ts';
import { flatten, inNamespaceOf } from './shell.ts';
import { commandOf, sentenceOf, slotsOf } from './slots.ts';
import type { Advice, EvidenceLine, FoundCause, Where } from './verdict.ts';
import type { Finding } from './weigh.ts';

const MAX_FLOWS = 5;
/** Quiet watches show the same counters of several namespaces. */
const MAX_EVERYWHERE = 16;

export type Namespaces = ReadonlyMap<number, Namespace>;

/** A finding in words, with every slot filled. */
export function present(finding: Finding, namespaces: Namespaces): FoundCause {
  const { cause, incident, sure, hearing, unknown } = finding;
  const advice = sure === 'possible' ? [] : adviceOf(finding, namespaces);
  return {
    ...{
      id: cause.id,
      title: cause.title,
      sure,
      says: sure === 'possible' ? openText(finding) : sayingOf(cause, hearing),
    },
    where: whereOf(incident, firstOf(cause.rule ?? [], hearing) ?? null),
    evidence: evidenceOf(finding),
    fix: advice.map(({ run }) => run),
    check: cause.check.flatMap(check => typed(check, finding, namespaces) ?? []),
    packets: incident.count,
    flows: flowsOf(incident),
    ...{ advice, unknown },
    settles: sure === 'certain' ? [] : cause.settles.flatMap(text => textOf(text, hearing) ?? []),
  };
}

function adviceOf(finding: Finding, namespaces: Namespaces): Advice[] {
  return finding.cause.fix.flatMap(fix => {
    const run = typed(fix, finding, namespaces);
    if (run === undefined) return [];
    const risk = fix.risk === undefined ? undefined : textOf(fix.risk, finding.hearing);
    const changes = textOf(fix.changes, finding.hearing) ?? '';
    return [{ run, changes, risk: risk ?? null, hostWide: fix.hostWide === true }];
  });
}

export function whereOf({ function: name, ifname, netns, netnsName }: Incident, rule: string | null): Where {
  return { function: name, ifname, netns, netnsName, rule };
}

export function flowsOf({ samples }: Incident): Flow[] {
  const flows = new Map(samples.map(({ packet }) => [JSON.stringify(flowOf(packet)), flowOf(packet)]));
  return [...flows.values()].slice(0, MAX_FLOWS);
}

/** The command as typed on the host; undefined when a slot is empty, a condition fails or there is no way in. */
function typed(command: Command, { hearing, incident }: Finding, namespaces: Namespaces): string | undefined {
  if (command.when && hearing.aside(command.when) !== 'yes') return undefined;
  if ('advice' in command && command.advice) {
    const text = textOf(command.run, hearing);
    return text === undefined ? undefined : `# ${text}`;
  }
  const run = commandOf(command.run, name => hearing.factFor(name)?.value);
  if (run === undefined || command.where === 'host') return run;
  const netns = netnsOf(command.where, hearing, incident);
  if (netns === null) return namespaces.size <= 1 ? run : undefined;
  const namespace = netns === undefined ? undefined : namespaces.get(netns);
  return namespace && inNamespaceOf(run, namespace);
}

/** undefined when the place is not known. */
function netnsOf(where: Command['where'], hearing: Hearing, incident: Incident): number | null | undefined {
  if (typeof where !== 'object') return incident.netns;
  if ('of' in where) return hearing.factFor(where.of)?.about.netns ?? incident.netns;
  const inode = hearing.factFor(where.inode)?.value;
  return typeof inode === 'number' ? inode : undefined;
}

function textOf(template: Template, hearing: Hearing): string | undefined {
  return sentenceOf(template, name => hearing.factFor(name)?.value);
}

function firstOf(templates: readonly Template[], hearing: Hearing): string | undefined {
  for (const template of templates) {
    const text = textOf(template, hearing);
    if (text !== undefined) return text;
  }
  return undefined;
}

function sayingOf({ says, title }: Cause, hearing: Hearing): string {
  const fitting = says.filter(saying => typeof saying === 'string' || hearing.aside(saying.when) === 'yes');
  return (
    firstOf(
      fitting.map((saying: Template | Saying) => (typeof saying === 'string' ? saying : saying.text)),
      hearing,
    ) ?? `${title}.`
  );
}

const MAX_NAMED = 4;

/** What is known, what is not, and why not; never the cause's own sentence, which may be wrong. */
function openText({ hearing, unknown }: Finding): string {
  const known = [...hearing.used.values()]
    .filter(isWorthShowing)
    .map(({ name, value }) => `${name} = ${value}`);
  const missing = unknown.slice(0, MAX_NAMED).join(', ') + (unknown.length > MAX_NAMED ? ' …' : '');
  const why = unknown.flatMap(name => hearing.facts.whyMissing(name, hearing.place)?.why ?? [])[0];
  const because = why === undefined ? '' : ` (${flatten(why)})`;
  return `It fits what is known (${flatten(known.slice(0, MAX_NAMED).join(', '))}); not known: ${missing}${because}.`;
}

/** The facts that decided, then those worth showing, then those that the sentence names. */
function evidenceOf({ cause, hearing, incident }: Finding): EvidenceLine[] {
  const facts = new Map<string, Fact>();
  for (const fact of hearing.used.values()) facts.set(keyOf(fact), fact);
  const named = cause.says.flatMap(saying => slotsOf(typeof saying === 'string' ? saying : saying.text));
  const shows = [...(cause.shows ?? []), ...named].map(name => shown(name, hearing, incident));
  const [heads, rest] = [shows.flatMap(all => all.slice(0, 1)), shows.flatMap(all => all.slice(1))];
  for (const fact of [...heads, ...rest]) facts.set(keyOf(fact), fact);
  return [...facts.values()].filter(isWorthShowing).map(lineOf);
}

function shown(name: FactName, hearing: Hearing, incident: Incident): readonly Fact[] {
  if (incident.key === NO_INCIDENT && FACTS[name].about !== 'incident')
    return [...hearing.facts.everywhere(name)].sort(byAmount).slice(0, MAX_EVERYWHERE);
  const fact = hearing.factFor(name);
  return fact && fact.value !== null ? [fact] : [];
}

/** What moved most comes first. */
function byAmount(a: Fact, b: Fact): number {
  return typeof a.value === 'number' && typeof b.value === 'number' ? b.value - a.value : 0;
}

function keyOf({ name, about }: Fact): string {
  return `${name}|${about.netns ?? ''}|${about.ifname ?? ''}`;
}

const HIDDEN: ReadonlySet<FactName> = new Set([
  'symptom.kind',
  'netns.name',
  'packet.match.nft',
  'packet.match.ipt',
]);

function isWorthShowing({ name }: Fact): boolean {
  return !HIDDEN.has(name);
}

function lineOf({ name, value, source, time }: Fact): EvidenceLine {
  return { fact: name, value, source, time };
}
