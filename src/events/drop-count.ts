import { layoutOf, type RecordLayout } from './layout.ts';

/** What counted drops are told apart by: the key of the kernel's map. Every byte belongs to a field. */
const FIELDS = {
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
  zero: 'u32',
} as const;

export type DropCountField = keyof typeof FIELDS;

export const DROP_COUNT_KEY: RecordLayout<DropCountField> = layoutOf<DropCountField>(FIELDS);
