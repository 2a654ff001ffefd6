import type { Packet } from '../../packet/index.ts';
import type { HopProcess } from './hop.ts';

/** What can differ between two looks at one packet. `first` stands alone, in the first look of a trail. */
export const CHANGES = [
  'first',
  'source',
  'destination',
  'source-port',
  'destination-port',
  'protocol',
  'ethernet',
  'interface',
  'namespace',
  'mark',
  'length',
  'fragment',
  'ttl',
  'conntrack',
  'encapsulated',
  'decapsulated',
  'vlan',
] as const;
export type ChangeName = (typeof CHANGES)[number];

/** The connection that netfilter has put the packet into. */
export interface ConntrackLook {
  /** "new", "established", "related", "established-reply", "related-reply", "untracked". */
  readonly state: string;
  /** Bits of nf_conn.status by name: "confirmed", "assured", "seen-reply", "src-nat", "dst-nat", "dying", … */
  readonly status: readonly string[];
  readonly mark: number | null;
}

/** Address translation as seen between two looks. */
export interface Translation {
  readonly kind: 'SNAT' | 'DNAT';
  /** "address:port", or the address alone where there is no port. */
  readonly from: string;
  readonly to: string;
}

/** How a followed packet looked, where that differs from before. */
export interface LookEvent {
  readonly type: 'look';
  readonly time: string;
  readonly ts: number;
  readonly cpu: number;
  readonly trail: number;
  readonly skb: string;
  /** Function or tracepoint at which the difference was seen: the change happened before it. */
  readonly function: string;
  /** Never empty. */
  readonly changed: readonly ChangeName[];
  readonly translations: readonly Translation[];
  readonly packet: Packet | null;
  readonly ifname: string | null;
  readonly ifindex: number | null;
  /** Inode of the network namespace. */
  readonly netns: number | null;
  readonly netnsName: string | null;
  readonly mark: number;
  /** Bytes from the network header on. */
  readonly length: number;
  /** Of the interface. */
  readonly mtu: number | null;
  /** TTL or hop limit. */
  readonly ttl: number | null;
  /** Ethertype, host order; 0 not set yet. */
  readonly protocol: number;
  readonly conntrack: ConntrackLook | null;
  readonly process: HopProcess;
}
