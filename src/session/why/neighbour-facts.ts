import { isUnavailable } from '../../base/index.ts';
import { isLocal, type LinkState, type Place, readNeighbours, routeOf } from '../../collect/index.ts';
import type { Fact, Incident } from '../../diagnose/index.ts';
import { factsOf } from './fact-maker.ts';
import { packetOf } from './incident-packet.ts';

const UNRESOLVED = /FAILED|INCOMPLETE/;

/** State of the next hop on the incident's interface. */
export function neighbourFacts(place: Place, incident: Incident): Fact[] {
  const reading = readNeighbours(place);
  const { dst } = packetOf(incident) ?? {};
  if (isUnavailable(reading)) return [];
  const route = dst === undefined ? undefined : routeOf(place, { dst });
  const hop = (isUnavailable(route) ? undefined : route?.value.gateway) ?? dst;
  const here = reading.value.filter(({ ifname }) => incident.ifname === null || ifname === incident.ifname);
  const entry =
    here.find(({ address }) => address === hop) ?? here.find(({ state }) => UNRESOLVED.test(state));
  const origin = { source: `${reading.source} in ${place.name}`, time: reading.time };
  const about = { incident: incident.key };
  if (entry === undefined) return factsOf({ 'neigh.state': null, 'neigh.ip': hop }, about, origin);
  const { address, ifname, state } = entry;
  return factsOf({ 'neigh.state': state, 'neigh.ip': address, 'neigh.ifname': ifname }, about, origin);
}

/** The neighbour entry of another namespace that sent a frame to the wrong MAC address. */
export function wrongNeighbourFacts(
  incident: Incident,
  links: readonly LinkState[],
  places: readonly Place[],
): Fact[] {
  const mac = packetOf(incident)?.ethernet?.dst;
  if (mac === undefined) return [];
  for (const place of places) {
    const reading = readNeighbours(place);
    if (isUnavailable(reading) || place.inode === incident.netns) continue;
    const wrong = reading.value.find(entry => entry.mac === mac && isLocal(links, entry.address));
    if (wrong === undefined) continue;
    return factsOf(
      {
        'neigh.wrong.ip': wrong.address,
        'neigh.wrong.ifname': wrong.ifname,
        'neigh.wrong.netns': place.inode,
      },
      { incident: incident.key },
      { source: `${reading.source} in ${place.name}`, time: reading.time },
    );
  }
  return [];
}
