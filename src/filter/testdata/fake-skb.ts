import { Assembler, type Blueprint, type Label, label, type MapSpec } from '../../asm/index.ts';
import { SIZE_BYTES } from '../../abi/index.ts';
import type { Btf } from '../../btf/index.ts';
import { load, type Loaded } from '../../load/index.ts';
import type { Mapping } from '../../sys/index.ts';
import {
  bufferFilterStack, type Cbpf, emitFilter, emitFilterAt, filterStack, type PacketFilter, type SkbField, type SkbPlaces, skbPlaces,
} from '../index.ts';

const MMAPABLE = 1 << 10;
const SKB_AT = 0;
const DEVICE_AT = 4096;
const HEAD_AT = 16_384;
export const ARENA: MapSpec = {
  name: 'arena', type: 'array', keySize: 4, valueSize: 131_072, maxEntries: 1, flags: MMAPABLE,
};
const OUT: MapSpec = { name: 'out', type: 'array', keySize: 4, valueSize: 8, maxEntries: 1, flags: MMAPABLE };

/** A packet somewhere on its way: offsets count from skb->head, `bytes` lie at `start`. */
export interface Placement {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly data: number;
  readonly macHeader: number;
  readonly networkHeader: number;
  /** Bytes of the packet that are in fragments, behind the linear ones. */
  readonly inFragments?: number;
  readonly tag?: { readonly proto: number; readonly tci: number };
  readonly mark?: number;
  readonly protocol?: number;
  readonly ifindex?: number;
  readonly pktType?: number;
}

export const VERDICT = { noMatch: 0, match: 1, unseen: 2 } as const;

/**
 * One struct sk_buff in kernel memory, in a map that is also mapped here: the filter programs read it like any other,
 * and every state of a packet can be had without waiting for one.
 */
export class FakeSkb implements Disposable {
  readonly places: SkbPlaces;
  private readonly loaded: Loaded;
  private readonly arena: Mapping;
  private readonly address: bigint;
  private readonly context: Uint8Array = new Uint8Array(24);

  constructor(btf: Btf) {
    this.places = skbPlaces(btf);
    this.loaded = load(whereIsArena(), { btf });
    this.loaded.program('where').testRun(this.context);
    const out = this.loaded.map('out').lookup(new Uint8Array(4))!;
    this.address = new DataView(out.buffer, out.byteOffset).getBigUint64(0, true);
    new DataView(this.context.buffer).setBigUint64(0, this.address + BigInt(SKB_AT), true);
    this.arena = this.loaded.map('arena').mapped();
  }

  /** Loads the real filter program. The fake packet is not its business: it gets the address as its first argument. */
  program(filter: PacketFilter, dump?: (text: string) => void): Loaded {
    return load(filterBlueprint(filter, this.places), dump ? { dump } : {});
  }

  /** The filter over plain memory. */
  bufferProgram(insns: Cbpf): Loaded {
    return load(bufferBlueprint(insns));
  }

  put(placement: Placement): void {
    const { bytes, start, inFragments = 0, tag } = placement;
    this.arena.bytes.fill(0, SKB_AT, SKB_AT + 512);
    this.arena.bytes.fill(0xa5, HEAD_AT + start, HEAD_AT + start + bytes.length + 256);
    const linear = bytes.subarray(0, bytes.length - inFragments);
    const arguments_ = new DataView(this.context.buffer);
    arguments_.setBigUint64(8, this.address + BigInt(HEAD_AT + start), true);
    arguments_.setBigUint64(16, BigInt(linear.length), true);
    this.arena.bytes.set(linear, HEAD_AT + start);
    const { places } = this;
    this.set(places.head, this.address + BigInt(HEAD_AT));
    this.set(places.data, this.address + BigInt(HEAD_AT + placement.data));
    this.set(places.tail, start + linear.length);
    this.set(places.macHeader, placement.macHeader);
    this.set(places.networkHeader, placement.networkHeader);
    this.set(places.dataLen, inFragments);
    if (tag) this.setTag(tag.proto, tag.tci);
    this.set(places.mark, placement.mark ?? 0);
    this.set(places.protocol, swap16(placement.protocol ?? 0));
    this.set(places.pktType, placement.pktType ?? 0);
    this.set(places.dev, this.address + BigInt(DEVICE_AT));
    this.arena.view.setInt32(DEVICE_AT + places.deviceIndex.offset, placement.ifindex ?? 0, true);
    this.arena.view.setUint16(DEVICE_AT + places.deviceType.offset, 1, true);
  }

  /** What the program says of the packet that was put: one of VERDICT. */
  verdict(loaded: Loaded): number {
    return loaded.program('filter').testRun(this.context).result;
  }

  [Symbol.dispose](): void {
    this.arena[Symbol.dispose]();
    this.loaded[Symbol.dispose]();
  }

  private setTag(proto: number, tci: number): void {
    this.set(this.places.vlanPresent, 1);
    this.set(this.places.vlanProto, swap16(proto));
    this.set(this.places.vlanTci, tci);
  }

  private set(field: SkbField, value: number | bigint): void {
    const { view } = this.arena;
    const at = SKB_AT + field.offset;
    const shifted = BigInt.asUintN(64, BigInt(value) << BigInt(field.shift));
    if (SIZE_BYTES[field.size] === 8) view.setBigUint64(at, shifted, true);
    else if (field.size === 'u32') view.setUint32(at, Number(BigInt.asUintN(32, shifted)), true);
    else if (field.size === 'u16') view.setUint16(at, Number(BigInt.asUintN(16, shifted)), true);
    else view.setUint8(at, view.getUint8(at) | Number(shifted & 0xffn));
  }
}

function swap16(value: number): number {
  return ((value & 255) << 8) | (value >> 8);
}

function whereIsArena(): Blueprint {
  const asm = new Assembler('where');
  asm.mapValue('r1', ARENA).mapValue('r2', OUT).store('u64', 'r2', 0, 'r1').mov('r0', 0).exit();
  const attach = { kind: 'none', type: 'raw_tracepoint' } as const;
  return { maps: [ARENA, OUT], programs: [{ name: 'where', attach, code: asm.build(), license: 'GPL' }] };
}

/** raw_tp: the sk_buff's address is the first argument; r0 is the verdict. */
export function filterBlueprint(filter: PacketFilter, fields: SkbPlaces): Blueprint {
  return blueprintOf((asm, outcomes) => {
    const stack = { base: 0, size: filterStack(filter, fields) };
    asm.load('u64', 'r6', 'r1', 0);
    emitFilter(asm, filter, { skb: 'r6', fields, stack, ...outcomes });
  });
}

/** The same over plain memory: its address and length are the second and third argument. */
function bufferBlueprint(insns: Cbpf): Blueprint {
  return blueprintOf((asm, { match, noMatch, unseen }) => {
    const stack = { base: 0, size: bufferFilterStack(insns) };
    asm.load('u64', 'r7', 'r1', 8).load('u64', 'r8', 'r1', 16).jumpIf('r7', '==', 0, unseen);
    emitFilterAt(asm, insns, { start: 'r7', length: 'r8', stack, match, noMatch });
  });
}

interface Ends {
  readonly match: Label;
  readonly noMatch: Label;
  readonly unseen: Label;
}

function blueprintOf(write: (asm: Assembler, ends: Ends) => void): Blueprint {
  const asm = new Assembler('filter');
  const ends = { match: label('match'), noMatch: label('no_match'), unseen: label('unseen') };
  write(asm, ends);
  for (const name of ['match', 'noMatch', 'unseen'] as const) asm.place(ends[name]).mov('r0', VERDICT[name]).exit();
  const attach = { kind: 'none', type: 'raw_tracepoint' } as const;
  return { maps: [], programs: [{ name: 'filter', attach, code: asm.build(), license: 'GPL' }] };
}
