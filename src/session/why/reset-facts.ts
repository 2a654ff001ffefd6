import type { Fact, Headers, Incident, Symptom } from '../../diagnose/index.ts';
import { factsOf, type Values } from './fact-maker.ts';

/** Where a segment ends that no connection takes. */
const RECEIVE: ReadonlySet<string | null> = new Set(['tcp_v4_rcv', 'tcp_v6_rcv']);
/** Where a segment ends that is answered with a reset. */
const ANSWERED: ReadonlySet<string | null> = new Set(['tcp_v4_do_rcv', 'tcp_v6_do_rcv']);
const SOURCE = 'tracepoint skb:kfree_skb';

/** What segments that closed connections left behind say of an incident of TCP's. */
export function resetFacts(incident: Incident, symptoms: readonly Symptom[]): Fact[] {
  if (incident.samples.length === 0) return [];
  const origin = { source: SOURCE, time: incident.last };
  return factsOf(valuesOf(incident, symptoms), { incident: incident.key }, origin);
}

function valuesOf(incident: Incident, symptoms: readonly Symptom[]): Values {
  const { kind, direction, function: at } = incident;
  if (kind === 'drop' && RECEIVE.has(at))
    return metTimewait(incident, symptoms) ? { 'socket.timewait': true } : {};
  const isAnswered = (kind === 'reset' && direction === 'sent') || (kind === 'drop' && ANSWERED.has(at));
  return isAnswered ? { 'reset.unheard': isUnheard(incident, symptoms) } : {};
}

/** The resets were freed at the other end, on this machine, before any connection saw them. */
function isUnheard(incident: Incident, symptoms: readonly Symptom[]): boolean {
  const freed = freedUnseen(symptoms, /R/);
  return incident.samples.every(({ packet }) => freed.some(reset => isAnswer(reset, packet)));
}

/** A FIN or reset of the same flow was freed without a reason: TIME_WAIT does that, and nothing else. */
function metTimewait(incident: Incident, symptoms: readonly Symptom[]): boolean {
  const freed = freedUnseen(
    symptoms.filter(({ reason, netns }) => reason === 'NOT_SPECIFIED' && netns === incident.netns),
    /[FR]/,
  );
  return incident.samples.every(({ packet }) => freed.some(last => isOfFlow(last, packet)));
}

function freedUnseen(symptoms: readonly Symptom[], flags: RegExp): Headers[] {
  return symptoms.flatMap(({ kind, function: at, packet }) =>
    kind === 'drop' && RECEIVE.has(at) && packet !== null && flags.test(packet.tcpFlags ?? '')
      ? [packet]
      : [],
  );
}

function isAnswer(reset: Headers, { src, dst, sport, dport }: Headers): boolean {
  return reset.src === dst && reset.dst === src && reset.sport === dport && reset.dport === sport;
}

function isOfFlow(packet: Headers, { src, dst, sport, dport }: Headers): boolean {
  return packet.src === src && packet.dst === dst && packet.sport === sport && packet.dport === dport;
}
