import type { PacketEnds } from '../../collect/index.ts';
import type { Headers, Incident } from '../../diagnose/index.ts';

/** The first packet of an incident; counters have none. */
export function packetOf(incident: Incident): Headers | undefined {
  return incident.samples[0]?.packet;
}

/** Its ends, for packets that have ports. */
export function endsOfPacket(incident: Incident): PacketEnds | undefined {
  const { protocol, src, dst, sport, dport } = packetOf(incident) ?? {};
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined;
  if (src === undefined || dst === undefined || sport === undefined || dport === undefined) return undefined;
  return { protocol, src, dst, sport, dport };
}
