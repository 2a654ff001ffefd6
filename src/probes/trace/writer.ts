// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import { type Reg, SIZE_OF_BYTES } from '../../abi/index.ts';
import { Assembler, type Label, label } from '../../asm/index.ts';
import type { FieldPlace } from '../../btf/index.ts';
import { readField } from '../read-field.ts';
import { KEY_BYTES, STATE_AT, type TraceMaps } from './maps.ts';
import type { RegisterPlaces, SkbFieldName, TracePlaces } from './places.ts';

/** How a program learns which probe it runs for. */
export type ProbeNumber =
  | { readonly kind: 'constant'; readonly value: number }
  /** `told`: takeArguments has put it there already. */
  | { readonly kind: 'told' | 'address' };

/** What all tracing programs share. */
export interface TraceWriting {
  readonly places: TracePlaces;
  readonly registers: RegisterPlaces | null;
  readonly maps: TraceMaps;
  /** Callers and stacks in every hop, not only where a packet is freed. */
  readonly callers: boolean;
}

/** Registers that keep their meaning: the skb, and the value of its table entry. */
export const SKB: Reg = 'r6';
export const ENTRY: Reg = 'r7';

/** Frame slots. What lies below `free` belongs to the packet filter until it has answered. */
export const SLOT = {
  ctx: -8,
  head: -16,
  packet: -24,
  trail: -32,
  number: -28,
  /** Trail of the packet that had this head before; 0 none. */
  before: -40,
  /** Followers, which have no `before`: the attach cookie. */
  told: -40,
  stackKey: -48,
  /** Return value or drop reason. */
  value: -56,
  caller: -64,
  free: -64,
} as const;
const MAX_WINDOW = 232;
export const HOP_BYTES = 48;

/** A tracing program in the making: the assembler and where things lie in its frame. */
export class TraceProgram {
  readonly asm: Assembler;
  readonly shared: TraceWriting;
  readonly number: ProbeNumber;
  readonly kind: 'entry' | 'return' | 'tracepoint';
  /** The copied part of struct sk_buff. */
  readonly window: number;
  /** The look's key as it is now. */
  readonly key: number;
  /** Records and values being built; ends where the key starts. */
  readonly record: number;
  readonly out: Label = label('out');

  constructor(name: string, shared: TraceWriting, number: ProbeNumber, kind: TraceProgram['kind']) {
    this.asm = new Assembler(name);
    this.shared = shared;
    this.number = number;
    this.kind = kind;
    const { size } = shared.places.window;
    if (size > MAX_WINDOW) throw new RangeError(`sk_buff fields span ${size} bytes`);
    this.window = SLOT.free - size;
    this.key = this.window - KEY_BYTES;
    this.record = this.key - HOP_BYTES;
  }

  /** dst = a field of the copied window. */
  field(dst: Reg, name: SkbFieldName | 'nfct'): void {
    const place = this.shared.places[name] as FieldPlace;
    const shift = this.window - this.shared.places.window.offset;
    const bit = place.bit && { ...place.bit, loadOffset: place.bit.loadOffset + shift };
    readField(this.asm, dst, 'r10', { ...place, offset: place.offset + shift, ...(bit ? { bit } : {}) });
  }

  /** Leaves when nothing is followed: the first thing every follower does. */
  leaveWhenIdle(): void {
    this.leaveWhenIdleTo(this.out);
  }

  leaveWhenIdleTo(target: Label): void {
    this.asm.mapValue('r2', this.shared.maps.state, STATE_AT.tracked).load('u64', 'r2', 'r2', 0);
    this.asm.jumpIf('r2', '==', 0, target);
  }

  /** Copies the window of the skb in SKB; leaves when it cannot be read. r0 to r5 are lost. */
  readWindow(): void {
    const { offset, size } = this.shared.places.window;
    this.asm.mov('r3', SKB).add('r3', offset);
    this.readTo(this.window, size);
    this.asm.jumpIf('r0', '!=', 0, this.out);
  }

  /** Copies `size` bytes from the kernel address in r3 to the frame. r0 is 0 when that went well. */
  readTo(slot: number, size: number): void {
    this.asm.mov('r1', 'r10').add('r1', slot).mov('r2', size).call('probe_read_kernel');
  }

  /** dst = the field at the kernel address in `base`; 0 when it cannot be read. r0 to r5 are lost. */
  follow(dst: Reg, base: Reg, place: FieldPlace): void {
    const at = this.record;
    this.asm.store('u64', 'r10', at, 0).mov('r3', base).add('r3', place.offset);
    this.readTo(at, Math.min(8, place.size));
    this.asm.load(SIZE_OF_BYTES[Math.min(8, place.size)]!, dst, 'r10', at);
  }

  /** ENTRY = the table's value for the window's head; SLOT.head is the key. Goes to `missing` otherwise. */
  findEntry(missing: Label): void {
    this.field('r1', 'head');
    this.asm.store('u64', 'r10', SLOT.head, 'r1');
    this.lookUp(missing);
  }

  /** The same for the address in SLOT.head. */
  lookUp(missing: Label): void {
    this.asm
      .map('r1', this.shared.maps.tracked)
      .mov('r2', 'r10')
      .add('r2', SLOT.head)
      .call('map_lookup_elem');
    this.asm.jumpIf('r0', '==', 0, missing).mov(ENTRY, 'r0');
  }

  /** Adds to one of the counters shared with user space. r1 and r2 are lost. */
  count(counter: keyof typeof STATE_AT, by = 1): void {
    this.asm.mapValue('r1', this.shared.maps.state, STATE_AT[counter]).mov('r2', by);
    this.asm.atomic('add', 'u64', 'r1', 0, 'r2');
  }

  /** SLOT.number = this probe's number. r0 to r5 are lost. */
  findNumber(): void {
    const { asm, number } = this;
    if (number.kind === 'constant') {
      asm.store('u32', 'r10', SLOT.number, number.value);
      return;
    }
    if (number.kind === 'told') return;
    asm.load('u64', 'r1', 'r10', SLOT.ctx).call('get_func_ip').store('u32', 'r10', SLOT.number, 'r0');
  }

  /** Common end: everything leaves here with 0. */
  finish(): ReturnType<Assembler['build']> {
    return this.asm.place(this.out).mov('r0', 0).exit().build();
  }
}
