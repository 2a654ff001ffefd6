import { isUnavailable } from '../../base/index.ts';
import { type Place, readLinks } from '../../collect/index.ts';
import type { XdpDevice } from '../../events/index.ts';
import { type NetnsNames, resolveNetns } from '../../kernel/index.ts';

/** Interfaces of our own and the named namespaces that have an XDP program. Empty without ip(8). */
export function xdpDevices(netns: readonly string[], names: NetnsNames): readonly XdpDevice[] {
  const places = new Map<number, Place>();
  for (const text of [String(process.pid), ...netns]) {
    const place = placeOf(text, names);
    if (place) places.set(place.inode, place);
  }
  return [...places.values()].flatMap(devicesIn);
}

/** A namespace may be gone by the end of the run. */
function placeOf(text: string, names: NetnsNames): Place | undefined {
  try {
    return resolveNetns(text, names);
  } catch {
    return undefined;
  }
}

function devicesIn(place: Place): XdpDevice[] {
  const links = readLinks(place);
  if (isUnavailable(links)) return [];
  return links.value.flatMap(({ ifname, xdp }) =>
    xdp === null ? [] : [{ ifname, netns: place.inode, netnsName: place.name, mode: xdp }],
  );
}
