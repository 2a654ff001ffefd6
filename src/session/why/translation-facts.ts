import { isUnavailable } from '../../base/index.ts';
import {
  type ConntrackEntry,
  type ConntrackTuple,
  flowEntries,
  isTranslated,
  type PacketEnds,
  type Place,
} from '../../collect/index.ts';
import type { Fact, Incident } from '../../diagnose/index.ts';
import { factsOf } from './fact-maker.ts';
import { endsOfPacket } from './incident-packet.ts';

/**
 * Whether the packet still carries an address that another namespace's NAT should have replaced: one of those where
 * conntrack called packets invalid meanwhile.
 */
export function translationFacts(
  incident: Incident,
  places: readonly Place[],
  deltas: readonly Fact[],
): Fact[] {
  const ends = endsOfPacket(incident);
  const invalid = new Set(
    deltas.flatMap(({ name, value, about }) =>
      name === 'ct.invalid.delta' && Number(value) > 0 ? [about.netns] : [],
    ),
  );
  if (ends === undefined) return [];
  const elsewhere = places.filter(({ inode }) => inode !== incident.netns && invalid.has(inode));
  for (const place of elsewhere) {
    const reading = flowEntries(place, ends);
    if (isUnavailable(reading)) continue;
    const entry = reading.value.find(one => isTranslated(one) && looksUntranslated(one, ends));
    if (entry === undefined) continue;
    const origin = { source: `${reading.source} in ${place.name}`, time: reading.time };
    return factsOf({ 'ct.untranslated': true, 'ct.entry': entry.text }, { incident: incident.key }, origin);
  }
  return [];
}

/** As it was before translation, in either direction, though it was seen behind the translator. */
function looksUntranslated({ original, reply }: ConntrackEntry, ends: PacketEnds): boolean {
  return isTuple(original, ends) || isTuple(reply, ends);
}

function isTuple({ src, dst, sport, dport }: ConntrackTuple, ends: PacketEnds): boolean {
  return src === ends.src && dst === ends.dst && sport === ends.sport && dport === ends.dport;
}
