import { layoutOf, type RecordLayout } from '../layout.ts';

/** First byte of every record of the trace ring. */
export const RECORD = { hop: 1, look: 2, lineage: 3, release: 4 } as const;

/** Second byte of a hop. */
export const HOP_KIND = { entry: 0, return: 1, tracepoint: 2 } as const;

/** Second byte of a lineage record, by LineageKind; the parent of `enqueue` and `reassemble` is the queue. */
export const LINEAGE_KIND = {
  copy: 1,
  realloc: 2,
  segment: 3,
  fragment: 4,
  merge: 5,
  reassemble: 6,
  retransmit: 7,
  enqueue: 8,
} as const;

const HOP_FIELDS = {
  record: 'u8',
  kind: 'u8',
  cpu: 'u16',
  trail: 'u32',
  /** bpf_ktime_get_ns. */
  time: 'u64',
  skb: 'u64',
  /** Probe number, or the low half of the function's address where the kernel has no attach cookies. */
  function: 'u32',
  /** Return value, or the drop reason. */
  value: 's32',
  pid: 'u32',
  /** Key in the stack map; negative: none. */
  stack: 's32',
  /** Return address; absent from short records. */
  caller: 'u64',
} as const;
export type HopField = keyof typeof HOP_FIELDS;
export const HOP_RECORD: RecordLayout<HopField> = layoutOf<HopField>(HOP_FIELDS);
/** Bytes of a hop without caller. */
export const SHORT_HOP: number = HOP_RECORD.at.caller.offset;

/** Packet bytes in a look: Ethernet, IPv6, UDP, VXLAN, Ethernet, IPv6 and TCP fit. */
export const LOOK_PACKET = 160 as const;

const LOOK_FIELDS = {
  record: 'u8',
  /** One of START. */
  start: 'u8',
  cpu: 'u16',
  trail: 'u32',
  time: 'u64',
  skb: 'u64',
  function: 'u32',
  pid: 'u32',
  ifindex: 'u32',
  netns: 'u32',
  mark: 'u32',
  length: 'u32',
  mtu: 'u32',
  /** Ethertype, network order as the kernel keeps it. */
  protocol: 'u16',
  captured: 'u16',
  /** nf_conn.status; 0 without a connection. */
  ctStatus: 'u32',
  ctMark: 'u32',
  /** enum ip_conntrack_info. */
  ctInfo: 'u8',
  hasConnection: 'u8',
  vlanTci: 'u16',
  comm: 16,
  ifname: 16,
  packet: 160,
} as const;
export type LookField = keyof typeof LOOK_FIELDS;
export const LOOK_RECORD: RecordLayout<LookField> = layoutOf<LookField>(LOOK_FIELDS);

const LINEAGE_FIELDS = {
  record: 'u8',
  kind: 'u8',
  cpu: 'u16',
  trail: 'u32',
  time: 'u64',
  skb: 'u64',
  function: 'u32',
  /** Trail of the parent; 0 when it is not followed. */
  parent: 'u32',
  parentSkb: 'u64',
} as const;
export type LineageField = keyof typeof LINEAGE_FIELDS;
export const LINEAGE_RECORD: RecordLayout<LineageField> = layoutOf<LineageField>(LINEAGE_FIELDS);

/** The last sk_buff over a packet's bytes let go of them. */
const RELEASE_FIELDS = {
  record: 'u8',
  kind: 'u8',
  cpu: 'u16',
  trail: 'u32',
  time: 'u64',
  skb: 'u64',
} as const;
/** `unseen`: the bytes belong to another packet by now, so that they must have been let go of. */
export const RELEASE_KIND = { seen: 0, unseen: 1 } as const;
export type ReleaseField = keyof typeof RELEASE_FIELDS;
export const RELEASE_RECORD: RecordLayout<ReleaseField> = layoutOf<ReleaseField>(RELEASE_FIELDS);
