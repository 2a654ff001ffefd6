import type { LogLine } from '../../collect/index.ts';
import type { Fact, Incident } from '../../diagnose/index.ts';
import { factsOf, type Values } from './fact-maker.ts';
import { packetOf } from './incident-packet.ts';

const SOURCE = '/dev/kmsg';

/** What the kernel wrote during the watch; null where it wrote nothing of the kind. */
export function logFacts(lines: readonly LogLine[], time: string): Fact[] {
  const of = (kind: LogLine['event']['kind']): string | null =>
    lines.find(({ event }) => event.kind === kind)?.text ?? null;
  const values: Values = {
    'log.table_full': of('table-full'),
    'log.martian': of('martian'),
    'log.syn_flood': of('syn-flood'),
    'log.neigh_overflow': of('neighbour-overflow'),
  };
  return factsOf(values, {}, { source: SOURCE, time: lines[0]?.time ?? time });
}

/** What was logged of this flow: why conntrack called a packet invalid, and what LOG rules said. */
export function packetLogFacts(incident: Incident, lines: readonly LogLine[]): Fact[] {
  const { src, dst, dport } = packetOf(incident) ?? {};
  const of = (kind: 'invalid' | 'log', name: 'log.invalid' | 'log.rule'): Fact[] => {
    const line = lines.find(
      ({ event }) =>
        event.kind === kind &&
        event.packet.src === src &&
        event.packet.dst === dst &&
        (kind === 'invalid' || event.packet.dport === (dport ?? null)),
    );
    if (line === undefined) return [];
    return factsOf({ [name]: line.text }, { incident: incident.key }, { source: SOURCE, time: line.time });
  };
  return src === undefined ? [] : [...of('invalid', 'log.invalid'), ...of('log', 'log.rule')];
}
