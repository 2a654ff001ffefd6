import { type LinkState, vlansOn } from '../../collect/index.ts';
import type { Fact, Incident } from '../../diagnose/index.ts';
import type { VlanCount } from '../../events/index.ts';
import { factsOf } from './fact-maker.ts';
import { packetOf } from './incident-packet.ts';

/** Broadcast and multicast. */
const GROUP_MAC = /^.[13579bdf]:/i;

/**
 * VLAN id of frames that are for this interface's own address, or for a group, and were still taken for another host's. Newer kernels
 * forget the tag before they drop the packet: it is the one that was counted as the frames came in, when it is the
 * only one without a device and as many frames had it as were dropped.
 */
export function vlanFacts(
  incident: Incident,
  links: readonly LinkState[],
  counted: readonly VlanCount[],
): Fact[] {
  const packet = packetOf(incident);
  const link = links.find(({ ifname }) => ifname === incident.ifname);
  const dst = packet?.ethernet?.dst;
  if (link === undefined || dst === undefined || packet?.vlan !== undefined) return [];
  if (dst !== link.mac && !GROUP_MAC.test(dst)) return [];
  const known = vlansOn(links, link.ifname);
  const unknown = counted.filter(
    ({ netns, ifindex, vlan }) =>
      netns === incident.netns && ifindex === link.ifindex && !known.includes(vlan),
  );
  const [only] = unknown;
  if (only === undefined || unknown.length > 1 || only.packets < incident.count) return [];
  const source = `tracepoint net:netif_receive_skb, ${only.packets} frames`;
  return factsOf({ 'frame.vlan': only.vlan }, { incident: incident.key }, { source, time: incident.last });
}
