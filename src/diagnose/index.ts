/**
 * What the facts mean. This room holds judgement: tables written by hand, each row with its sources, and the
 * small engines that apply them. It reads nothing from the machine.
 * Reasons: every drop reason and reset reason of the kernels from 5.17 on, with meaning, usual cause and remedy,
 * and the rules for drops that are no loss to anybody, so that a healthy machine looks healthy.
 */

/*
 * Facts: the catalogue, symptoms and the incidents that they are joined to.
 * Causes and the judge: incidents and facts to a verdict; what nobody collected stays unknown.
 */
export type { Cause, Command, Fix, Saying, Sure, Template } from './causes/cause.ts';
export type { Condition } from './causes/condition.ts';
export { causesPage } from './causes/page.ts';
export { CAUSES, causeOf } from './causes/table.ts';
export { FACT_NAMES, FACTS, type FactName, isFactName } from './facts/catalogue.ts';
export { counterSymptoms, SYMPTOM_COUNTERS } from './facts/counter-symptoms.ts';
export type { About, Fact, FactValue, Gap } from './facts/fact.ts';
export { Facts } from './facts/facts.ts';
export { type Flow, type Incident, NO_INCIDENT, type Sample } from './facts/incident.ts';
export { flowOf, functionName, incidentKeyOf, joinIncidents } from './facts/join.ts';
export type { Collector, FactSpec, Subject, ValueType } from './facts/spec.ts';
export { ABOUT_KEYS, NEEDS } from './facts/spec.ts';
export { type Headers, type Symptom, type SymptomKind, symptomOfDrop } from './facts/symptom.ts';
export { type Evidence, type Namespace, type Seen, type Unseen, unseenOf } from './judge/evidence.ts';
export { judge } from './judge/judge.ts';
export { type Question, questionsOf } from './judge/questions.ts';
export { inNamespaceOf, shellQuote } from './judge/shell.ts';
export type { Advice, EvidenceLine, FoundCause, Unexplained, Verdict, Where } from './judge/verdict.ts';
export { VERDICT_EXIT } from './judge/verdict.ts';
export {
  type BenignVerdict,
  type DropQuestion,
  isBenignDrop,
  packetDecides,
} from './reasons/benign.ts';
export type { Benign, ReasonEntry, ReasonTable } from './reasons/entry.ts';
export { reasonsPage } from './reasons/page.ts';
export { placeHint } from './reasons/place-hints.ts';
export { DROP_REASONS, RESET_REASONS, reasonEntry, SUBSYSTEM_REASONS } from './reasons/table.ts';
