import type { SignalEvent, TracedPacket } from '../../events/index.ts';
import type { PacketFilter } from '../../filter/index.ts';
import { headerBytes } from '../netfilter/header-bytes.ts';
import { runFilter } from '../netfilter/run-filter.ts';

type Ends = Pick<TracedPacket, 'family' | 'protocol' | 'src' | 'dst' | 'sport' | 'dport'>;

/**
 * Whether the signal is about traffic that the filter asks for, in either direction: a RST goes the other way than the
 * segment that it answers. Neighbours have no packet; they pass.
 */
export function isAskedFor(signal: SignalEvent, filter: PacketFilter): boolean {
  if (filter.text.trim() === '' || signal.kind === 'neighbour-failed') return true;
  const ends = [endsOfPacket(signal), endsOfSocket(signal)].filter(one => one !== undefined);
  return ends.some(one => passes(one, filter) || passes(turned(one), filter));
}

function endsOfPacket({ packet }: SignalEvent): Ends | undefined {
  if (packet === null || packet.src === undefined || packet.dst === undefined) return undefined;
  const { family, protocol, src, dst, sport, dport } = packet;
  if (family !== 'ipv4' && family !== 'ipv6') return undefined;
  return { family, protocol, src, dst, sport: sport ?? null, dport: dport ?? null };
}

function endsOfSocket({ family, protocol, src, dst, sport, dport }: SignalEvent): Ends | undefined {
  if (family === null || src === null || dst === null) return undefined;
  return { family, protocol, src, dst, sport: sport ?? 0, dport: dport ?? 0 };
}

function turned({ src, dst, sport, dport, ...rest }: Ends): Ends {
  return { ...rest, src: dst, dst: src, sport: dport, dport: sport };
}

function passes(ends: Ends, { rawIp }: PacketFilter): boolean {
  const unknown = { iif: null, oif: null, macSrc: null, macDst: null, ttl: null, id: null, length: null };
  const bytes = headerBytes({
    ...ends,
    ...unknown,
    tcpFlags: null,
    icmpType: null,
    icmpCode: null,
    mark: null,
  });
  return runFilter(rawIp, bytes);
}
