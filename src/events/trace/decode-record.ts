import { decodePacket, type Packet } from '../../packet/index.ts';
import { type ReasonName, textAt } from '../decode-drop.ts';
import { START } from '../drop-record.ts';
import { conntrackLook } from './conntrack-look.ts';
import type { HopEvent, HopProcess, StageName } from './hop.ts';
import type { LineageEvent, LineageKind } from './lineage.ts';
import type { LookEvent } from './look.ts';
import {
  HOP_KIND,
  HOP_RECORD,
  LINEAGE_KIND,
  LINEAGE_RECORD,
  LOOK_RECORD,
  RECORD,
  RELEASE_KIND,
  RELEASE_RECORD,
} from './record.ts';

/** What a probe number stands for; one object per probe. */
export interface ProbeName {
  readonly function: string;
  readonly module: string | null;
  readonly stage: StageName;
}

/** What the decoder asks whoever runs the probes; every answer is cached there. */
export interface TraceNames {
  timeOf(ns: number): string;
  probeOf(number: number): ProbeName;
  /** Name of what a deciding function answered. */
  verdictOf(probe: ProbeName, value: number): string | null;
  reasonOf(value: number): ReasonName;
  /** "name+0xoffset [module]"; null for 0 and for hidden symbols. */
  callerOf(high: number, low: number): string | null;
  stackOf(id: number): readonly string[];
  netnsNameOf(inode: number): string | null;
  /** Remembers a name seen in a look. */
  learnComm(pid: number, comm: string): void;
  processOf(pid: number): HopProcess;
}

/** A look before it was compared with the one before. */
export type SeenLook = Omit<LookEvent, 'changed' | 'translations'>;

/** The last sk_buff over a packet's bytes let go of them. */
export interface ReleaseRecord {
  readonly trail: number;
  readonly ts: number;
  readonly skb: string;
  /** Only the memory's next use told: how the packet ended is not known. */
  readonly unseen: boolean;
}

/** A fragment was put into a queue (`enqueue`), or what was in the queue is one packet now (`reassemble`). */
export interface QueueRecord {
  readonly kind: 'enqueue' | 'reassemble';
  readonly time: string;
  readonly ts: number;
  readonly cpu: number;
  /** Of the fragment, or of the whole; 0 when that is not followed. */
  readonly trail: number;
  /** The fragment, or the whole. */
  readonly skb: string;
  /** Its address. */
  readonly queue: string;
  /** Function that did it. */
  readonly function: string;
}

/** Who gets what a record says. */
export interface TraceRecords {
  hop(hop: HopEvent): void;
  look(look: SeenLook): void;
  lineage(lineage: LineageEvent): void;
  queue(queue: QueueRecord): void;
  release(release: ReleaseRecord): void;
}

const U32 = 0x1_0000_0000;
const KINDS = ['entry', 'return', 'tracepoint'] as const;
const LINEAGE_NAMES: ReadonlyMap<number, LineageKind> = new Map(
  Object.entries(LINEAGE_KIND)
    .filter(([name]) => name !== 'enqueue')
    .map(([name, value]) => [value, name as LineageKind]),
);

const QUEUE_NAMES: ReadonlyMap<number, QueueRecord['kind']> = new Map([
  [LINEAGE_KIND.enqueue, 'enqueue'],
  [LINEAGE_KIND.reassemble, 'reassemble'],
]);

/** Hands one record of the trace ring on. Never throws: a record of an unknown kind is passed over. */
export function decodeTrace(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  length: number,
  names: TraceNames,
  to: TraceRecords,
): void {
  const record = view.getUint8(at);
  if (record === RECORD.hop) to.hop(hopAt(view, at, length, names));
  else if (record === RECORD.look) to.look(lookAt(view, bytes, at, names));
  else if (record === RECORD.lineage) lineageTo(view, at, names, to);
  else if (record === RECORD.release) to.release(releaseAt(view, at));
}

function u64At(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * U32;
}

function addressAt(view: DataView, at: number): string {
  const low = view.getUint32(at, true).toString(16).padStart(8, '0');
  return `0x${view
    .getUint32(at + 4, true)
    .toString(16)
    .padStart(8, '0')}${low}`;
}

const NO_STACK: readonly string[] = [];

function hopAt(view: DataView, at: number, length: number, names: TraceNames): HopEvent {
  const AT = HOP_RECORD.at;
  const ts = u64At(view, at + AT.time.offset);
  const probe = names.probeOf(view.getUint32(at + AT.function.offset, true));
  const kind = view.getUint8(at + AT.kind.offset);
  const value = view.getInt32(at + AT.value.offset, true);
  const stack = view.getInt32(at + AT.stack.offset, true);
  const pid = view.getUint32(at + AT.pid.offset, true);
  const reason =
    kind === HOP_KIND.tracepoint && probe.function === 'kfree_skb' ? names.reasonOf(value >>> 0) : null;
  const returned = kind === HOP_KIND.return ? value : null;
  const caller = at + AT.caller.offset;
  return {
    type: 'hop',
    time: names.timeOf(ts),
    ts,
    cpu: view.getUint16(at + AT.cpu.offset, true),
    trail: view.getUint32(at + AT.trail.offset, true),
    function: probe.function,
    module: probe.module,
    stage: probe.stage,
    kind: KINDS[kind] ?? 'entry',
    skb: addressAt(view, at + AT.skb.offset),
    returned,
    verdict: returned === null ? null : names.verdictOf(probe, returned),
    reason: reason?.reason ?? null,
    subsystem: reason?.subsystem ?? null,
    caller:
      length < HOP_RECORD.size
        ? null
        : names.callerOf(view.getUint32(caller + 4, true), view.getUint32(caller, true)),
    stack: stack < 0 ? NO_STACK : names.stackOf(stack),
    process: names.processOf(pid),
  };
}

function lookAt(view: DataView, bytes: Uint8Array, at: number, names: TraceNames): SeenLook {
  const AT = LOOK_RECORD.at;
  const ts = u64At(view, at + AT.time.offset);
  const ifindex = view.getUint32(at + AT.ifindex.offset, true) || null;
  const netns = view.getUint32(at + AT.netns.offset, true) || null;
  const pid = view.getUint32(at + AT.pid.offset, true);
  const comm = textAt(bytes, at + AT.comm.offset, AT.comm.size);
  const protocol = view.getUint16(at + AT.protocol.offset);
  const packet = packetAt(view, bytes, at, protocol);
  names.learnComm(pid, comm);
  return {
    type: 'look',
    time: names.timeOf(ts),
    ts,
    cpu: view.getUint16(at + AT.cpu.offset, true),
    trail: view.getUint32(at + AT.trail.offset, true),
    skb: addressAt(view, at + AT.skb.offset),
    function: names.probeOf(view.getUint32(at + AT.function.offset, true)).function,
    packet,
    ifname: ifindex === null ? null : textAt(bytes, at + AT.ifname.offset, AT.ifname.size) || null,
    ifindex,
    netns,
    netnsName: netns === null ? null : names.netnsNameOf(netns),
    mark: view.getUint32(at + AT.mark.offset, true),
    length: view.getUint32(at + AT.length.offset, true),
    mtu: view.getUint32(at + AT.mtu.offset, true) || null,
    ttl: packet?.ttl ?? null,
    protocol,
    conntrack: conntrackLook({
      info: view.getUint8(at + AT.ctInfo.offset),
      connection: view.getUint8(at + AT.hasConnection.offset) !== 0,
      status: view.getUint32(at + AT.ctStatus.offset, true),
      mark: view.getUint32(at + AT.ctMark.offset, true),
    }),
    process: { pid, comm },
  };
}

function packetAt(view: DataView, bytes: Uint8Array, at: number, protocol: number): Packet | null {
  const AT = LOOK_RECORD.at;
  const captured = view.getUint16(at + AT.captured.offset, true);
  if (captured === 0) return null;
  const start = at + AT.packet.offset;
  const packet = bytes.subarray(start, start + captured);
  if (view.getUint8(at + AT.start.offset) === START.ethernet) return decodePacket(packet, 'ethernet');
  return decodePacket(packet, protocol === 0 ? ethertypeOf(packet) : protocol);
}

/** Before ip_output fills skb->protocol in, the version nibble has to do; 0 is no IP. */
function ethertypeOf(packet: Uint8Array): number {
  const version = packet[0]! >>> 4;
  if (version === 4 && (packet[0]! & 15) >= 5) return 0x0800;
  return version === 6 ? 0x86dd : 0;
}

function lineageTo(view: DataView, at: number, names: TraceNames, to: TraceRecords): void {
  const kind = QUEUE_NAMES.get(view.getUint8(at + LINEAGE_RECORD.at.kind.offset));
  const event = lineageAt(view, at, names);
  if (kind === undefined) to.lineage(event);
  else to.queue({ ...event, kind, queue: event.parentSkb ?? event.skb });
}

function lineageAt(view: DataView, at: number, names: TraceNames): LineageEvent {
  const AT = LINEAGE_RECORD.at;
  const ts = u64At(view, at + AT.time.offset);
  const parentSkb = addressAt(view, at + AT.parentSkb.offset);
  return {
    type: 'lineage',
    time: names.timeOf(ts),
    ts,
    cpu: view.getUint16(at + AT.cpu.offset, true),
    trail: view.getUint32(at + AT.trail.offset, true),
    parent: view.getUint32(at + AT.parent.offset, true) || null,
    kind: LINEAGE_NAMES.get(view.getUint8(at + AT.kind.offset)) ?? 'copy',
    skb: addressAt(view, at + AT.skb.offset),
    parentSkb: /[1-9a-f]/.test(parentSkb.slice(2)) ? parentSkb : null,
    function: names.probeOf(view.getUint32(at + AT.function.offset, true)).function,
  };
}

function releaseAt(view: DataView, at: number): ReleaseRecord {
  const AT = RELEASE_RECORD.at;
  return {
    trail: view.getUint32(at + AT.trail.offset, true),
    ts: u64At(view, at + AT.time.offset),
    skb: addressAt(view, at + AT.skb.offset),
    unseen: view.getUint8(at + AT.kind.offset) === RELEASE_KIND.unseen,
  };
}
