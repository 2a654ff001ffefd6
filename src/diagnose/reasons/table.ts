import { DEVICE } from './device.ts';
import { type ReasonEntry, type ReasonTable, tableOf } from './entry.ts';
import { FRAGMENTS } from './fragments.ts';
import { ICMP_NDISC } from './icmp-ndisc.ts';
import { IP } from './ip.ts';
import { MAC80211_MONITOR, MAC80211_UNUSABLE } from './mac80211.ts';
import { MISC } from './misc.ts';
import { NEIGHBOUR } from './neighbour.ts';
import { NETFILTER_XFRM } from './netfilter-xfrm.ts';
import { OPENVSWITCH } from './openvswitch.ts';
import { QDISC } from './qdisc.ts';
import { QDISC_TC } from './qdisc-tc.ts';
import { RESET } from './reset.ts';
import { SOCKET } from './socket.ts';
import { TCP } from './tcp.ts';
import { TCP_AUTH } from './tcp-auth.ts';
import { TUNNEL_BRIDGE } from './tunnel-bridge.ts';

/** enum skb_drop_reason: names without SKB_DROP_REASON_; of every kernel from 5.17 to 7.x. */
export const DROP_REASONS: ReasonTable = tableOf(
  SOCKET,
  TCP,
  TCP_AUTH,
  IP,
  NEIGHBOUR,
  NETFILTER_XFRM,
  QDISC_TC,
  DEVICE,
  TUNNEL_BRIDGE,
  ICMP_NDISC,
  FRAGMENTS,
  MISC,
);

/** The enums of the other subsystems of enum skb_drop_reason_subsys, names without the enum's prefix. */
export const SUBSYSTEM_REASONS: {
  readonly openvswitch: ReasonTable;
  readonly mac80211_unusable: ReasonTable;
  readonly mac80211_monitor: ReasonTable;
  readonly qdisc: ReasonTable;
} = {
  openvswitch: tableOf(OPENVSWITCH),
  mac80211_unusable: tableOf(...MAC80211_UNUSABLE),
  mac80211_monitor: tableOf(MAC80211_MONITOR),
  qdisc: tableOf(QDISC),
};

/** enum sk_rst_reason (6.10): names without SK_RST_REASON_. */
export const RESET_REASONS: ReasonTable = tableOf(RESET);

interface Source {
  readonly table: ReasonTable;
  readonly prefix: RegExp;
  /** The name of the subsystem's bare number, where the kernel uses it as a reason. */
  readonly base?: string;
}

const SOURCES: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['core', { table: DROP_REASONS, prefix: /^SKB_DROP_REASON_/ }],
  ['reset', { table: RESET_REASONS, prefix: /^SK_RST_REASON_/ }],
  ['openvswitch', { table: SUBSYSTEM_REASONS.openvswitch, prefix: /^OVS_DROP_/ }],
  [
    'mac80211_unusable',
    { table: SUBSYSTEM_REASONS.mac80211_unusable, prefix: /^RX_DROP_U_/, base: 'RX_DROP' },
  ],
  [
    'mac80211_monitor',
    { table: SUBSYSTEM_REASONS.mac80211_monitor, prefix: /^RX_DROP_M_/, base: 'RX_DROP_MONITOR' },
  ],
  ['qdisc', { table: SUBSYSTEM_REASONS.qdisc, prefix: /^QDISC_DROP_/ }],
]);

const BARE_NUMBER = /^0x[0-9a-f]+0000$/;

/** What is known of a reason; `subsystem` "core", "openvswitch", … or "reset", the name with or without its prefix. */
export function reasonEntry(subsystem: string, name: string): ReasonEntry | undefined {
  const source = SOURCES.get(subsystem.toLowerCase());
  if (!source) return undefined;
  const found = source.table[name] ?? source.table[name.replace(source.prefix, '')];
  if (found || !source.base || !BARE_NUMBER.test(name)) return found;
  return source.table[source.base];
}
