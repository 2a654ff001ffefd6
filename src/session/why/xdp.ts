import { type Unavailable, unavailable } from '../../base/index.ts';
import type { Place } from '../../collect/index.ts';
import type { Fact } from '../../diagnose/index.ts';
import type { Baseline } from './baseline.ts';
import { factsOf } from './fact-maker.ts';

/** What was counted in one namespace. */
interface Counted {
  readonly place: Place;
  readonly facts: readonly Fact[];
  readonly after: Baseline;
}

/** Interfaces that an XDP program is attached to. */
export function xdpFacts({ place, after: { counters } }: Counted): Fact[] {
  const origin = { source: `ip -d link in ${place.name}`, time: counters.time };
  return counters.links.flatMap(({ ifname, xdp }) =>
    xdp === null ? [] : factsOf({ 'link.xdp': xdp }, { netns: place.inode, ifname }, origin),
  );
}

/** In the driver a program drops frames before they are packets; those of generic XDP (skb) are seen as drops. */
const UNSEEN: ReadonlySet<string> = new Set(['drv', 'hw', 'multi']);

/** Frames that nobody sees; nothing to say where the driver counted none. */
export function xdpUnseen({ place, facts, after: { counters } }: Counted): Unavailable[] {
  return counters.links.flatMap(({ ifname, xdp }) => {
    const count = facts.find(
      ({ name, about }) =>
        name === 'nic.xdp_drops.delta' && about.netns === place.inode && about.ifname === ifname,
    )?.value;
    if (xdp === null || !UNSEEN.has(xdp) || count === 0) return [];
    const many = count === undefined ? '' : `; its driver counted ${count} meanwhile`;
    return unavailable(
      `what the XDP program on ${ifname} in ${place.name} drops`,
      `it happens before there is a packet to see${many}`,
      `ethtool -S ${ifname} counts it; bpftool net and bpftool prog show the program`,
    );
  });
}
