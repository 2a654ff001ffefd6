import type { Reg } from '../abi/index.ts';
import { type Assembler, type Label, label } from '../asm/index.ts';
import { NetwhyError } from '../base/index.ts';
import type { Cbpf } from './cbpf.ts';
import { Emission, type Outcomes } from './emission.ts';
import { emitBody, isConstant } from './emit-program.ts';
import { type Frame, frameBytes, frameOf, type StackRoom } from './frame.ts';
import { emitLocate, loadPlaces } from './locate.ts';
import { MOST_INSNS, type PacketFilter } from './packet-filter.ts';
import { mayMatch, type Plan, planOf } from './plan.ts';
import { loadField, probeRead, readWindow, type SkbAccess, type Window, windowOf } from './skb-access.ts';
import type { SkbPlaces } from './skb-places.ts';
import { unroll } from './unroll.ts';

/** Where the filter runs and what follows. r0 to r5 are lost; r6 to r9 are not touched. */
export interface FilterPlace extends Outcomes {
  /** Holds struct sk_buff *; callee-saved. */
  readonly skb: Reg;
  readonly fields: SkbPlaces;
  /** `direct` in programs whose skb pointer is BTF-typed (tp_btf, fentry); default `probe`. */
  readonly access?: 'probe' | 'direct';
  readonly stack: StackRoom;
  /** `ip` where no link header can be there yet (`__ip_local_out`): only the raw-IP program is written. */
  readonly link?: 'any' | 'ip';
}

/** The same over plain kernel memory: `start` holds its address, `length` how many bytes can be read. */
export interface BufferPlace extends Outcomes {
  readonly start: Reg;
  readonly length: Reg;
  readonly stack: StackRoom;
}

/** With a tag put back, both MAC addresses, the tag and what a 4-byte load at byte 15 needs are copied. */
const TAGGED_COPY = 24;
const MAC_BYTES = 12;
const TAG_BYTES = 4;

interface Variant {
  readonly plan: Plan;
  readonly tagged: boolean;
}

/** Bytes of stack that emitFilter needs for this filter. */
export function filterStack(filter: PacketFilter, fields: SkbPlaces): number {
  const window = windowOf(fields, filter.tags === 'inline');
  return Math.max(...variantsOf(filter).map(({ plan }) => frameBytes(plan, window.bytes)));
}

/** Bytes of stack that emitFilterAt needs for this program. */
export function bufferFilterStack(insns: Cbpf): number {
  return frameBytes(checkedPlan(insns, 0), 0);
}

/**
 * Writes the filter over an sk_buff: finds the packet, copies the start of its headers to the stack in one read,
 * and goes to `match`, `noMatch` or `unseen`. Bytes outside the linear part are never looked at.
 */
export function emitFilter(asm: Assembler, filter: PacketFilter, place: FilterPlace): void {
  const [ethernet, rawIp] = variantsOf(filter);
  const ipOnly = place.link === 'ip';
  if (isSame(ethernet.plan, rawIp.plan) || (ipOnly && isConstant(rawIp.plan)))
    emitConstant(asm, rawIp.plan, place, place.skb);
  else emitOverSkb(asm, filter, place);
}

function emitOverSkb(asm: Assembler, filter: PacketFilter, place: FilterPlace): void {
  const [ethernet, rawIp] = variantsOf(filter);
  const skb: SkbAccess = { reg: place.skb, mode: place.access ?? 'probe', fields: place.fields };
  const window = windowOf(place.fields, filter.tags === 'inline');
  const frame = frameOf(rawIp.plan, window.bytes, place.stack);
  const written = place.link === 'ip' ? [rawIp] : [ethernet, rawIp];
  if (!written.some(({ plan }) => mayMatch(plan))) emitNever(asm, place.skb, place.match);
  if (place.unseen) emitNever(asm, place.skb, place.unseen);
  const base = readWindow(asm, skb, window, frame.window, place.noMatch);
  if (place.link === 'ip') loadPlaces(asm, place.fields, base);
  else {
    const startsAtMac = label('ethernet');
    const startsAtIp = label('raw_ip');
    emitLocate(asm, place.fields, base, startsAtMac, startsAtIp);
    asm.place(startsAtMac);
    emitVariant(asm, ethernet, skb, window, place);
    asm.place(startsAtIp);
  }
  emitVariant(asm, rawIp, skb, window, place);
}

/** Writes one program over kernel memory, for packets inside packets. There is nothing beside the bytes to ask for. */
export function emitFilterAt(asm: Assembler, insns: Cbpf, place: BufferPlace): void {
  const plan = checkedPlan(insns, 0);
  if (isConstant(plan)) {
    emitConstant(asm, plan, place, place.start);
    return;
  }
  const frame = frameOf(plan, 0, place.stack);
  if (!mayMatch(plan)) emitNever(asm, place.start, place.match);
  asm.store('u64', 'r10', frame.start, place.start).store('u64', 'r10', frame.readable, place.length);
  emitCopy(asm, plan, frame, place);
  emitBody(new Emission(asm, plan, frame, place, undefined, false));
}

function checkedPlan(insns: Cbpf, minimumCopy: number): Plan {
  const plan = planOf(unroll(insns), minimumCopy);
  if (plan.insns.length <= MOST_INSNS) return plan;
  throw new NetwhyError(
    `the packet filter has ${plan.insns.length} instructions, more than ${MOST_INSNS}`,
    'use a shorter expression: networks in place of many hosts, portrange in place of many ports',
  );
}

function variantsOf(filter: PacketFilter): readonly [ethernet: Variant, rawIp: Variant] {
  const tagged = filter.tags === 'inline';
  return [
    { plan: checkedPlan(filter.ethernet, tagged ? TAGGED_COPY : 0), tagged },
    { plan: checkedPlan(filter.rawIp, 0), tagged: false },
  ];
}

function isSame(a: Plan, b: Plan): boolean {
  return isConstant(a) && isConstant(b) && Boolean(a.insns[0]!.k) === Boolean(b.insns[0]!.k);
}

function emitConstant(asm: Assembler, plan: Plan, outcomes: Outcomes, pointer: Reg): void {
  const { match, noMatch, unseen } = outcomes;
  const matches = mayMatch(plan);
  emitNever(asm, pointer, matches ? noMatch : match);
  if (unseen) emitNever(asm, pointer, unseen);
  asm.jump(matches ? match : noMatch);
}

/** A pointer is never 0; comparing it keeps an outcome reachable, as the verifier demands of all code. */
function emitNever(asm: Assembler, pointer: Reg, outcome: Label): void {
  asm.jumpIf(pointer, '==', 0, outcome);
}

/** r2 = the packet's offset from head, r3 = head, r5 = the tail's offset. */
function emitVariant(
  asm: Assembler,
  variant: Variant,
  skb: SkbAccess,
  window: Window,
  place: FilterPlace,
): void {
  const { plan, tagged } = variant;
  if (isConstant(plan)) {
    asm.jump(plan.insns[0]!.k ? place.match : place.noMatch);
    return;
  }
  const frame = frameOf(plan, window.bytes, place.stack);
  asm
    .jumpIf('r2', '>', 'r5', place.unseen ?? place.noMatch)
    .sub('r5', 'r2')
    .add('r3', 'r2');
  asm.store('u64', 'r10', frame.start, 'r3').store('u64', 'r10', frame.readable, 'r5');
  if (tagged) emitTaggedCopy(asm, plan, frame, skb, window, place);
  else emitCopy(asm, plan, frame, place);
  emitBody(new Emission(asm, plan, frame, place, skb, tagged));
}

function emitCopy(asm: Assembler, plan: Plan, frame: Frame, { noMatch }: Outcomes): void {
  if (plan.copyBytes === 0) return;
  asm.load('u64', 'r3', 'r10', frame.start);
  probeRead(asm, frame.copy, plan.copyBytes, noMatch);
}

/** Puts a tag that is kept beside the packet where it was on the wire; `start` then makes later bytes fit. */
function emitTaggedCopy(
  asm: Assembler,
  plan: Plan,
  frame: Frame,
  skb: SkbAccess,
  window: Window,
  place: FilterPlace,
): void {
  const untagged = label('untagged');
  const copied = label('copied');
  const [base, shift]: [Reg, number] =
    skb.mode === 'direct' ? [skb.reg, 0] : ['r10', frame.window - window.offset];
  loadField(asm, 'r0', skb.fields.vlanPresent, base, shift);
  asm.jumpIf('r0', '==', 0, untagged);
  probeRead(asm, frame.copy, MAC_BYTES, place.noMatch);
  loadField(asm, 'r0', skb.fields.vlanProto, base, shift);
  asm.store('u16', 'r10', frame.copy + MAC_BYTES, 'r0');
  loadField(asm, 'r0', skb.fields.vlanTci, base, shift);
  asm.toBigEndian('r0', 16).store('u16', 'r10', frame.copy + MAC_BYTES + 2, 'r0');
  emitBehindTag(asm, plan, frame, place);
  asm.jump(copied).place(untagged);
  emitCopy(asm, plan, frame, place);
  asm.place(copied);
}

function emitBehindTag(asm: Assembler, plan: Plan, frame: Frame, place: FilterPlace): void {
  const behind = MAC_BYTES + TAG_BYTES;
  asm.load('u64', 'r0', 'r10', frame.readable).add('r0', TAG_BYTES);
  asm.store('u64', 'r10', frame.readable, 'r0');
  asm.load('u64', 'r3', 'r10', frame.start).sub('r3', TAG_BYTES);
  asm.store('u64', 'r10', frame.start, 'r3').add('r3', behind);
  probeRead(asm, frame.copy + behind, plan.copyBytes - behind, place.noMatch);
}
