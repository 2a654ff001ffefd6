import { isUnavailable } from '../../base/index.ts';
import {
  filtersVlans,
  type LinkState,
  type Place,
  type Reading,
  readLinks,
  runInside,
  vlansOn,
} from '../../collect/index.ts';
import type { Fact } from '../../diagnose/index.ts';
import { factsOf } from './fact-maker.ts';

type Links = Reading<readonly LinkState[]> | undefined;

/** Interfaces of a namespace; undefined when they cannot be read. */
export function linksIn(place: Place): Links {
  const reading = readLinks(place);
  return isUnavailable(reading) ? undefined : reading;
}

/** State of one interface. */
export function linkFacts(place: Place, ifname: string | null, reading: Links): Fact[] {
  const link = reading?.value.find(one => one.ifname === ifname);
  if (reading === undefined || link === undefined) return [];
  const { value: links, source, time } = reading;
  const values = {
    'link.up': link.up,
    'link.carrier': link.carrier,
    'link.mtu': link.mtu,
    'link.mac': link.mac,
    'link.promisc': link.promiscuous,
    'link.kind': link.kind,
    'link.xdp': link.xdp,
    'link.vlans': vlansOn(links, link.ifname).map(String),
    'link.bridge.vlan_filtering': filtersVlans(links, link.ifname),
  };
  const about = { netns: place.inode, ifname: link.ifname };
  return factsOf(values, about, { source: `${source} in ${place.name}`, time });
}

/** The other end of a veth pair, looked for in `places`. */
export function peerFacts(
  place: Place,
  ifname: string | null,
  reading: Links,
  places: readonly Place[],
): Fact[] {
  const link = reading?.value.find(one => one.ifname === ifname && one.kind === 'veth');
  const peer = link && peerOf(place, link, places);
  if (link === undefined || peer === undefined) return [];
  const values = {
    'link.peer.ifname': peer.ifname,
    'link.peer.netns': peer.place.inode,
    'link.peer.mtu': peer.mtu,
  };
  const origin = { source: `ip link show in ${peer.place.name}`, time: new Date().toISOString() };
  return factsOf(values, { netns: place.inode, ifname: link.ifname }, origin);
}

/** A line of `ip -o link show`: "3: eth0@if7: <…> mtu 1500 …". */
interface LinkRow {
  readonly place: Place;
  readonly ifindex: number;
  readonly ifname: string;
  /** Index of the other end, in its own namespace. */
  readonly behind: number;
  readonly mtu: number;
  /** Name of the other end's namespace, where ip(8) knows it. */
  readonly away: string | undefined;
}

function rowsIn(place: Place): LinkRow[] {
  const text = runInside(place, 'ip', ['-o', 'link', 'show', 'type', 'veth']);
  if (isUnavailable(text)) return [];
  return text.split('\n').flatMap(line => {
    const [, ifindex, ifname, behind, mtu] = /^(\d+): ([^@:\s]+)@if(\d+):.*? mtu (\d+)/.exec(line) ?? [];
    return ifname === undefined
      ? []
      : [
          {
            ...{ place, ifname, ifindex: Number(ifindex), behind: Number(behind), mtu: Number(mtu) },
            away: /link-netns (\S+)/.exec(line)?.[1],
          },
        ];
  });
}

/** Indexes are counted in each namespace: the other end must point back, and be alone in that. */
function peerOf(place: Place, link: LinkState, places: readonly Place[]): LinkRow | undefined {
  const own = rowsIn(place).find(({ ifindex }) => ifindex === link.ifindex);
  if (own === undefined) return undefined;
  const found = places
    .filter(({ inode, name }) => inode !== place.inode && (own.away === undefined || own.away === name))
    .flatMap(rowsIn)
    .filter(row => row.ifindex === own.behind && row.behind === own.ifindex);
  return found.length === 1 ? found[0] : undefined;
}
