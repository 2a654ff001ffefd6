import { ETHERTYPES } from '../abi/index.ts';
import { errnoName } from '../base/index.ts';
import { decodePacket, ipv4Text, ipv6Text, type Packet } from '../packet/index.ts';
import { textAt } from './decode-drop.ts';
import type { SignalEvent, SignalKind } from './signal.ts';
import { SIGNAL_AT } from './signal-record.ts';

/** Where a signal comes from: its kind, and the tracepoint's or function's name. */
export interface SignalOrigin {
  readonly kind: SignalKind;
  readonly name: string;
}

/** What the decoder asks the running kernel for. */
export interface SignalNames {
  timeOf(ns: number): string;
  netnsNameOf(inode: number): string | null;
  /** Name of a value of enum sk_rst_reason; null when this kernel has none. */
  resetReasonOf(value: number): string | null;
  /** Frames of the stack with this key; [] for one that is negative. */
  stackOf(id: number): readonly string[];
  originOf(source: number): SignalOrigin;
}

const AT = SIGNAL_AT;
const U32 = 0x1_0000_0000;
const INET = 2;
const INET6 = 10;
const EAGAIN = 11;
const ENETUNREACH = 101;

/** TCP_ESTABLISHED … (include/net/tcp_states.h); 0 is no state. */
const STATES: readonly string[] = [
  'NONE',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
  'BOUND_INACTIVE',
];
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'icmpv6',
  132: 'sctp',
};

/** Turns the bytes of one record into an event. Never throws: what cannot be read is null. */
export function decodeSignal(view: DataView, bytes: Uint8Array, at: number, names: SignalNames): SignalEvent {
  const u8 = (field: keyof typeof AT): number => view.getUint8(at + AT[field].offset);
  const u32 = (field: keyof typeof AT): number => view.getUint32(at + AT[field].offset, true);
  const ts = u32('time') + view.getUint32(at + AT.time.offset + 4, true) * U32;
  const { kind, name } = names.originOf(u8('source'));
  const netns = u32('netns') || null;
  const error = view.getInt32(at + AT.error.offset, true);
  const resets = kind === 'reset-sent' || kind === 'reset-received';
  return {
    ...{ type: 'signal', kind, time: names.timeOf(ts), ts, cpu: view.getUint16(at + AT.cpu.offset, true) },
    ...{
      netns,
      netnsName: netns === null ? null : names.netnsNameOf(netns),
      ifindex: u32('ifindex') || null,
    },
    process: { pid: u32('pid'), comm: textAt(bytes, at + AT.comm.offset, AT.comm.size) },
    ...endsAt(view, bytes, at),
    protocol: u8('protocol') === 0 ? null : (PROTOCOLS[u8('protocol')] ?? String(u8('protocol'))),
    state: u8('hasSocket') === 0 && !resets ? null : (STATES[u8('state')] ?? String(u8('state'))),
    oldState: kind === 'state' ? (STATES[u8('oldState')] ?? String(u8('oldState'))) : null,
    reason: kind === 'reset-sent' ? names.resetReasonOf(u32('reason')) : null,
    error: errorOf(kind, error),
    icmp: kind === 'icmp-sent' ? { type: u8('icmpType'), code: u8('icmpCode') } : null,
    table: kind === 'lookup-failed' ? u32('table') : null,
    mark: u32('mark'),
    stack: names.stackOf(view.getInt32(at + AT.stack.offset, true)),
    source: name,
    skb: skbAt(view, at + AT.skb.offset),
    packet: packetAt(view, bytes, at),
  };
}

/** A miss in the last table is -EAGAIN there; the caller makes ENETUNREACH of it. */
function errorOf(kind: SignalKind, error: number): string | null {
  if (error >= 0) return null;
  return errnoName(kind === 'lookup-failed' && -error === EAGAIN ? ENETUNREACH : -error);
}

type Ends = Pick<SignalEvent, 'family' | 'src' | 'sport' | 'dst' | 'dport'>;
const NO_ENDS: Ends = { family: null, src: null, sport: null, dst: null, dport: null };

function endsAt(view: DataView, bytes: Uint8Array, at: number): Ends {
  const family = view.getUint8(at + AT.family.offset);
  if (family !== INET && family !== INET6) return NO_ENDS;
  const text = family === INET ? ipv4Text : ipv6Text;
  return {
    family: family === INET ? 'ipv4' : 'ipv6',
    src: text(bytes, at + AT.src.offset),
    sport: view.getUint16(at + AT.sport.offset, true) || null,
    dst: text(bytes, at + AT.dst.offset),
    dport: view.getUint16(at + AT.dport.offset) || null,
  };
}

function skbAt(view: DataView, at: number): string | null {
  const value = view.getBigUint64(at, true);
  return value === 0n ? null : `0x${value.toString(16).padStart(16, '0')}`;
}

function packetAt(view: DataView, bytes: Uint8Array, at: number): Packet | null {
  const captured = view.getUint16(at + AT.captured.offset, true);
  if (captured === 0) return null;
  const start = at + AT.packet.offset;
  const version = bytes[start]! >>> 4;
  if (version !== 4 && version !== 6) return null;
  return decodePacket(
    bytes.subarray(start, start + captured),
    version === 4 ? ETHERTYPES.ipv4 : ETHERTYPES.ipv6,
  );
}
