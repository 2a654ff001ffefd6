import { type FieldAt, type FieldType, layoutOf, type RecordLayout } from './layout.ts';

/** Bytes of the packet that a record carries: an outer and an inner header chain of a tunnel over IPv6 fit. */
export const PACKET_BYTES = 160;

/** Flags of a device that matter here (IFF_PROMISC, linux/if.h). */
export const DEVICE_FLAGS = { promiscuous: 0x100 } as const;

/** Where a record's packet bytes start. */
export const START = { none: 0, ethernet: 1, network: 2, data: 3 } as const;

export type DropField =
  | 'time'
  | 'location'
  | 'skb'
  | 'reason'
  | 'stack'
  | 'netns'
  | 'ifindex'
  | 'mark'
  | 'deviceFlags'
  | 'length'
  | 'pid'
  | 'cpu'
  | 'protocol'
  | 'vlanTci'
  | 'captured'
  | 'start'
  | 'packetType'
  | 'ifname'
  | 'comm'
  | 'packet';

/** What the probe writes for one dropped skb; numbers in host order unless said. */
const FIELDS: Readonly<Record<DropField, FieldType>> = {
  /** bpf_ktime_get_ns. */
  time: 'u64',
  /** Return address in the function that dropped it. */
  location: 'u64',
  /** Address of the skb. */
  skb: 'u64',
  /** Value of enum skb_drop_reason, with the subsystem in its upper half; 0 on kernels that give none. */
  reason: 'u32',
  /** Key in the stack map, or negative: no stack. */
  stack: 's32',
  /** Inode of the network namespace; 0 unknown. */
  netns: 'u32',
  ifindex: 'u32',
  mark: 'u32',
  /** IFF_… of the device (linux/if.h). */
  deviceFlags: 'u32',
  /** Bytes from the network header on. */
  length: 'u32',
  pid: 'u32',
  cpu: 'u16',
  /** Ethertype, network order as the kernel keeps it. */
  protocol: 'u16',
  vlanTci: 'u16',
  /** Bytes of `packet` that are valid. */
  captured: 'u16',
  /** One of START. */
  start: 'u8',
  packetType: 'u8',
  ifname: 16,
  comm: 16,
  packet: PACKET_BYTES,
};

export const DROP_RECORD: RecordLayout<DropField> = layoutOf<DropField>(FIELDS);

/** Place of each field from the start of the record. */
export const DROP_AT: Readonly<Record<DropField, FieldAt>> = DROP_RECORD.at;
