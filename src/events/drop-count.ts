import { type FieldType, layoutOf, type RecordLayout } from './layout.ts';

export type DropCountField =
  | 'location'
  | 'reason'
  | 'stack'
  | 'netns'
  | 'ifindex'
  | 'ifname'
  | 'protocol'
  | 'packetType'
  | 'deviceFlags';

/** What counted drops are told apart by: the key of the kernel's map. Every byte belongs to a field. */
const FIELDS: Readonly<Record<DropCountField, FieldType>> = {
  location: 'u64',
  reason: 'u32',
  /** Key in the stack map; -1 when stacks are not counted. */
  stack: 's32',
  netns: 'u32',
  ifindex: 'u32',
  ifname: 16,
  /** Ethertype, network order. */
  protocol: 'u16',
  packetType: 'u16',
  /** Only IFF_PROMISC. */
  deviceFlags: 'u32',
};

export const DROP_COUNT_KEY: RecordLayout<DropCountField> = layoutOf<DropCountField>(FIELDS);
