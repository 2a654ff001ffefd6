import type { FactName } from '../facts/catalogue.ts';
import type { Fact, FactValue } from '../facts/fact.ts';
import { type Incident, NO_INCIDENT } from '../facts/incident.ts';
import { functionName } from '../facts/join.ts';
import type { Headers } from '../facts/symptom.ts';
import { addressKindOf } from './address-kind.ts';
import { serviceMatchOf } from './service-match.ts';

type Values = Partial<Record<FactName, FactValue | undefined>>;

/**
 * What an incident says by itself. Of another kind of symptom: null; not known: no fact; a reason that the kernel
 * does not give: null.
 */
export function factsOfIncident(incident: Incident): Fact[] {
  const packet = incident.samples[0]?.packet;
  const values: Values = {
    ...symptomValues(incident),
    ...dropValues(incident),
    ...resetValues(incident),
    ...(packet ? { ...packetValues(packet), ...addressValues(packet) } : {}),
  };
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [factOf(incident, name as FactName, value)],
  );
}

/** The judge's own incident for a watch without trouble. */
export function quietIncident(time: string): Incident {
  return {
    ...{ key: NO_INCIDENT, kind: 'none', source: 'the whole watch', reason: null, subsystem: null },
    ...{ function: null, stack: [], netns: null, netnsName: null, ifname: null, benign: false },
    ...{ direction: null, state: null, count: 0, first: time, last: time, samples: [] },
  };
}

function factOf(incident: Incident, name: FactName, value: FactValue): Fact {
  const source = incident.count > 1 ? `${incident.source}, ${incident.count} times` : incident.source;
  return { name, value, about: { incident: incident.key }, source, time: incident.first };
}

function symptomValues({ kind, reason, netns, netnsName, count }: Incident): Values {
  return {
    'symptom.kind': kind,
    'symptom.count': count,
    'symptom.counter': kind === 'counter' ? (reason ?? undefined) : null,
    'lookup.error': kind === 'lookup' ? (reason ?? undefined) : null,
    'netns.name': netnsName ?? (netns === null ? undefined : String(netns)),
  };
}

function dropValues(incident: Incident): Values {
  const { kind, reason, subsystem, ifname } = incident;
  if (kind !== 'drop')
    return { 'drop.reason': null, 'drop.subsystem': null, 'drop.function': null, 'drop.ifname': null };
  return {
    'drop.reason': reason,
    'drop.subsystem': subsystem ?? undefined,
    'drop.function': incident.function ?? undefined,
    'drop.ifname': ifname ?? undefined,
    'drop.stack': stackOf(incident),
  };
}

function resetValues(incident: Incident): Values {
  const { kind, reason, direction, state } = incident;
  if (kind !== 'reset') return { 'reset.reason': null, 'reset.function': null, 'reset.direction': null };
  return {
    'reset.reason': reason,
    'reset.function': incident.function ?? undefined,
    'reset.direction': direction ?? undefined,
    'reset.stack': stackOf(incident),
    'tcp.state': state ?? undefined,
  };
}

/** Bare names; undefined when no stack was taken. */
function stackOf({ stack }: Incident): readonly string[] | undefined {
  if (stack.length === 0) return undefined;
  return stack.map(frame => functionName(frame.replace(/\+0x.*$/, '')) ?? frame);
}

function packetValues(packet: Headers): Values {
  return {
    'packet.family': packet.family,
    'packet.protocol': packet.protocol,
    'packet.sport': packet.sport,
    'packet.dport': packet.dport,
    'packet.ttl': packet.ttl,
    'packet.length': packet.length,
    'packet.payload': packet.payload,
    'packet.fragment': packet.fragment !== undefined,
    'packet.icmp': packet.icmpName ?? null,
    'packet.mac.dst': packet.ethernet?.dst,
    'tcp.flags': packet.tcpFlags ?? (packet.protocol === 'tcp' ? undefined : null),
  };
}

function addressValues(packet: Headers): Values {
  const { src, dst } = packet;
  const match = serviceMatchOf(packet);
  return {
    'packet.src': src,
    'packet.dst': dst,
    'packet.src.kind': src === undefined ? undefined : addressKindOf(src),
    'packet.dst.kind': dst === undefined ? undefined : addressKindOf(dst),
    'packet.flow': flowText(packet),
    'packet.match.nft': match?.nft,
    'packet.match.ipt': match?.ipt,
  };
}

function flowText({ protocol, src, dst, sport, dport }: Headers): string | undefined {
  if (src === undefined || dst === undefined) return undefined;
  return `${protocol} ${endText(src, sport)} → ${endText(dst, dport)}`;
}

/** "10.0.0.1:80", "[fd00::1]:80", "10.0.0.1". */
export function endText(address: string, port: number | null | undefined): string {
  if (port === undefined || port === null) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
