import { type Fact, type Headers, type Incident, NO_INCIDENT } from '../../diagnose/index.ts';
import type { SignalEvent } from '../../events/index.ts';
import { factsOf } from './fact-maker.ts';
import { packetOf } from './incident-packet.ts';

/** ICMP errors that were sent about the packets of an incident. */
export function icmpFacts(incident: Incident, signals: readonly SignalEvent[]): Fact[] {
  const own = signals.filter(
    ({ kind, netns, packet }) =>
      kind === 'icmp-sent' &&
      (netns === null || netns === incident.netns) &&
      incident.samples.some(sample => sameEnds(sample.packet, packet)),
  );
  const [first] = own;
  if (!first?.icmp) return [];
  const { type, code } = first.icmp;
  return factsOf(
    { 'icmp.sent.type': type, 'icmp.sent.code': code, 'icmp.sent.count': own.length },
    { incident: incident.key },
    { source: `tracepoint ${first.source}`, time: first.time },
  );
}

function sameEnds(a: Headers, b: Headers | null): boolean {
  return b !== null && a.src === b.src && a.dst === b.dst && a.dport === b.dport;
}

/** VLAN tag of the frame, where the packet still carries it. */
export function frameFacts(incident: Incident): Fact[] {
  const vlan = packetOf(incident)?.vlan?.[0];
  return factsOf(
    { 'frame.vlan': vlan },
    { incident: incident.key },
    { source: incident.source, time: incident.first },
  );
}

/** Segments that were sent again while we watched. */
export function retransmitFacts(signals: readonly SignalEvent[], time: string): Fact[] {
  const again = signals.filter(({ kind }) => kind === 'retransmit');
  const origin = { source: 'tracepoint tcp:tcp_retransmit_skb', time: again.at(-1)?.time ?? time };
  return factsOf({ 'retransmit.count': again.length }, { incident: NO_INCIDENT }, origin);
}
