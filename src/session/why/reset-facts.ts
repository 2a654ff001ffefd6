import type { Fact, Headers, Incident, Symptom } from '../../diagnose/index.ts';
import { factsOf } from './fact-maker.ts';

/** Where a segment ends that no connection takes. */
const RECEIVE: ReadonlySet<string | null> = new Set(['tcp_v4_rcv', 'tcp_v6_rcv']);

/** Whether the resets of an incident were freed at the other end, on this machine, before any connection saw them. */
export function unheardFacts(incident: Incident, symptoms: readonly Symptom[]): Fact[] {
  if (incident.kind !== 'reset' || incident.direction !== 'sent' || incident.samples.length === 0) return [];
  const freed = symptoms.filter(
    ({ kind, function: at, packet }) =>
      kind === 'drop' && RECEIVE.has(at) && packet?.tcpFlags?.includes('R') === true,
  );
  const isUnheard = incident.samples.every(sample =>
    freed.some(({ packet }) => packet !== null && answers(packet, sample.packet)),
  );
  const origin = { source: 'tracepoint skb:kfree_skb', time: incident.last };
  return factsOf({ 'reset.unheard': isUnheard }, { incident: incident.key }, origin);
}

function answers(reset: Headers, to: Headers): boolean {
  return reset.src === to.dst && reset.dst === to.src && reset.sport === to.dport && reset.dport === to.sport;
}
