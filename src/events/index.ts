/**
 * events: what netwhy saw, as plain data, and the records they are decoded from.
 *
 * Promises: an event does not know how it was obtained; it can be printed, stored, sent and judged elsewhere. A
 * record's layout is one table, used by the probe that writes it and by the decoder that reads it. Decoding never
 * throws: what cannot be read is null.
 */
export type {
  ConntrackFinding,
  ConntrackHealth,
  ConntrackTally,
  TallyRow,
} from './conntrack-health.ts';
export { COUNTER_AT, COUNTER_LINE, type CounterName } from './counters.ts';
export {
  type BenignQuestion,
  type CodePlace,
  type DropNames,
  decodeDrop,
  type ReasonName,
  textAt,
} from './decode-drop.ts';
export { decodeSignal, type SignalNames, type SignalOrigin } from './decode-signal.ts';
export type { DropCount, DropEvent, DropsEnd } from './drop.ts';
export { DROP_COUNT_KEY, type DropCountField } from './drop-count.ts';
export { DEVICE_FLAGS, DROP_AT, DROP_RECORD, type DropField, PACKET_BYTES, START } from './drop-record.ts';
export { type FieldAt, type FieldType, layoutOf, type RecordLayout } from './layout.ts';
export type {
  RuleMoved,
  RuleReply,
  RuleStep,
  RulesEnd,
  RuleTrace,
  RuleVerdict,
  TracedPacket,
} from './rule-trace.ts';
export type { SignalEvent, SignalFamily, SignalKind } from './signal.ts';
export { SIGNAL_AT, SIGNAL_PACKET_BYTES, SIGNAL_RECORD, type SignalField } from './signal-record.ts';
export {
  decodeTrace,
  type ProbeName,
  type QueueRecord,
  type ReleaseRecord,
  type SeenLook,
  type TraceNames,
  type TraceRecords,
} from './trace/decode-record.ts';
export { type HopEvent, type HopProcess, STAGES, type StageName } from './trace/hop.ts';
export type { LineageEvent, LineageKind } from './trace/lineage.ts';
export {
  CHANGES,
  type ChangeName,
  type ConntrackLook,
  type LookEvent,
  type Translation,
} from './trace/look.ts';
export { lookEvent } from './trace/look-changes.ts';
export {
  HOP_KIND,
  HOP_RECORD,
  type HopField,
  LINEAGE_KIND,
  LINEAGE_RECORD,
  type LineageField,
  LOOK_PACKET,
  LOOK_RECORD,
  type LookField,
  RECORD,
  RELEASE_KIND,
  RELEASE_RECORD,
  type ReleaseField,
  SHORT_HOP,
} from './trace/record.ts';
export type { LostByProbe, TraceEnd, Unprobeable, XdpDevice } from './trace/trace-end.ts';
export type { Outcome, SkbEnd, TrailEnd } from './trace/trail-end.ts';
export { VLAN_KEY, type VlanCount } from './vlan-count.ts';
