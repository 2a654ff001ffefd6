import { type FieldAt, type FieldType, layoutOf, type RecordLayout } from './layout.ts';

/** Bytes of the packet from its network header on: an IPv6 header, extensions and a TCP header fit. */
export const SIGNAL_PACKET_BYTES = 96;

export type SignalField =
  | 'time'
  | 'skb'
  | 'netns'
  | 'ifindex'
  | 'mark'
  | 'pid'
  | 'reason'
  | 'error'
  | 'stack'
  | 'table'
  | 'sport'
  | 'dport'
  | 'captured'
  | 'cpu'
  | 'source'
  | 'family'
  | 'protocol'
  | 'state'
  | 'oldState'
  | 'icmpType'
  | 'icmpCode'
  | 'hasSocket'
  | 'src'
  | 'dst'
  | 'comm'
  | 'packet';

/** What a probe writes for one signal; host order unless said; what does not apply is zero. */
const FIELDS: Readonly<Record<SignalField, FieldType>> = {
  time: 'u64',
  skb: 'u64',
  netns: 'u32',
  ifindex: 'u32',
  mark: 'u32',
  pid: 'u32',
  reason: 'u32',
  /** Negative errno. */
  error: 's32',
  /** Key in the map of stacks; negative: none was taken. */
  stack: 's32',
  table: 'u32',
  sport: 'u16',
  /** Network order. */
  dport: 'u16',
  captured: 'u16',
  cpu: 'u16',
  /** Position in the probe's list of sources. */
  source: 'u8',
  /** AF_INET 2, AF_INET6 10. */
  family: 'u8',
  protocol: 'u8',
  state: 'u8',
  oldState: 'u8',
  icmpType: 'u8',
  icmpCode: 'u8',
  hasSocket: 'u8',
  src: 16,
  dst: 16,
  comm: 16,
  packet: SIGNAL_PACKET_BYTES,
};

export const SIGNAL_RECORD: RecordLayout<SignalField> = layoutOf<SignalField>(FIELDS);

/** Place of each field from the start of the record. */
export const SIGNAL_AT: Readonly<Record<SignalField, FieldAt>> = SIGNAL_RECORD.at;
