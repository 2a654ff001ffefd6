import type { Headers, Symptom } from '../../diagnose/index.ts';
import type { SignalEvent } from '../../events/index.ts';

/** A reset or a failed lookup as a symptom; undefined for signals that are no trouble by themselves. */
export function symptomOfSignal(signal: SignalEvent): Symptom | undefined {
  if (signal.kind === 'reset-sent') return resetSymptom(signal, 'sent');
  if (signal.kind === 'reset-received') return resetSymptom(signal, 'received');
  // The namespace is known of lookups for what this machine sends itself; others end in a drop.
  if (signal.kind === 'lookup-failed' && signal.netns !== null) return lookupSymptom(signal);
  return undefined;
}

function resetSymptom(signal: SignalEvent, direction: 'sent' | 'received'): Symptom {
  return {
    ...base(signal),
    ...{ kind: 'reset', direction, reason: signal.reason, function: senderOf(signal), state: signal.state },
    packet: signal.packet ?? headersOf(signal),
    stack: signal.stack,
  };
}

/** The tracepoint stands for three functions: those that answer a segment, and the one that starts from a socket. */
function senderOf({ source, packet, family, kind }: SignalEvent): string | null {
  if (kind === 'reset-received') return 'tcp_reset';
  if (source !== 'tcp_send_reset') return source;
  if (packet === null) return 'tcp_send_active_reset';
  return family === 'ipv6' ? 'tcp_v6_send_reset' : 'tcp_v4_send_reset';
}

function lookupSymptom(signal: SignalEvent): Symptom {
  return {
    ...base(signal),
    ...{ kind: 'lookup', direction: null, reason: signal.error, function: signal.source, state: null },
    packet: headersOf(signal),
    stack: [],
  };
}

function base({
  time,
  netns,
  netnsName,
  source,
}: SignalEvent): Omit<Symptom, 'kind' | 'direction' | 'reason' | 'function' | 'state' | 'packet' | 'stack'> {
  return {
    ...{ source: `tracepoint ${source}`, time, subsystem: null, netns, netnsName },
    ...{ ifname: null, benign: false, count: 1 },
  };
}

/** What a socket says of its packets. */
function headersOf({ family, protocol, src, dst, sport, dport }: SignalEvent): Headers | null {
  if (family === null) return null;
  return {
    ...{ family, protocol: protocol ?? 'tcp', length: 0 },
    ...(src === null ? {} : { src }),
    ...(dst === null ? {} : { dst }),
    ...(sport === null ? {} : { sport }),
    ...(dport === null ? {} : { dport }),
  };
}

/** A lookup whose packet was dropped is part of that drop. */
export function withoutEchoes(symptoms: readonly Symptom[]): Symptom[] {
  const dropped = new Set(
    symptoms.flatMap(({ kind, netns, packet }) =>
      kind === 'drop' && packet ? [`${netns}|${packet.dst}`, `${netns}|${packet.src}`] : [],
    ),
  );
  return symptoms.filter(
    ({ kind, netns, packet }) => kind !== 'lookup' || !dropped.has(`${netns}|${packet?.dst}`),
  );
}
