import { type HelperName, type Reg, SIZE_BYTES } from '../abi/index.ts';
import { label } from '../asm/index.ts';
import { FilterSyntaxError } from '../base/index.ts';
import { A, type Emission, READABLE, T, X } from './emission.ts';
import { restoreRegisters, saveRegisters } from './emit-load.ts';
import type { AncillaryName } from './loads.ts';
import { loadField, probeRead, type SkbAccess } from './skb-access.ts';
import type { SkbField, SkbPlaces } from './skb-places.ts';

type Emit = (e: Emission, skb: SkbAccess) => void;

const EMIT: Readonly<Record<AncillaryName, Emit>> = {
  protocol: (e, skb) => {
    emitSkbField(e, skb, 'protocol', A);
    e.asm.toBigEndian(A, 16);
  },
  pktType: (e, skb) => emitSkbField(e, skb, 'pktType', A),
  ifindex: (e, skb) => emitDeviceField(e, skb, skb.fields.deviceIndex),
  mark: (e, skb) => emitSkbField(e, skb, 'mark', A),
  queue: (e, skb) => emitSkbField(e, skb, 'queueMapping', A),
  deviceType: (e, skb) => emitDeviceField(e, skb, skb.fields.deviceType),
  hash: (e, skb) => emitSkbField(e, skb, 'hash', A),
  cpu: e => emitHelper(e, 'get_smp_processor_id'),
  xorX: e => e.asm.alu32('xor', A, X),
  vlanTag: (e, skb) => emitSkbField(e, skb, 'vlanTci', A),
  vlanPresent: (e, skb) => {
    const absent = label('no_tag');
    emitSkbField(e, skb, 'vlanPresent', A);
    e.asm.jumpIf(A, '==', 0, absent).mov32(A, 1).place(absent);
  },
  random: e => emitHelper(e, 'get_prandom_u32'),
  vlanProtocol: (e, skb) => {
    emitSkbField(e, skb, 'vlanProto', A);
    e.asm.toBigEndian(A, 16);
  },
};

/** A = a fact the kernel keeps beside the packet. Throws where there is no sk_buff to ask. */
export function emitAncillary(e: Emission, name: AncillaryName): void {
  if (!e.skb)
    throw new FilterSyntaxError(
      `the filter asks for what the kernel keeps beside a packet (${name}): there is nothing beside an inner one`,
      '',
    );
  EMIT[name](e, e.skb);
}

/** dst = length on the wire: the readable bytes and those in fragments. */
export function emitLength(e: Emission, dst: Reg): void {
  if (!e.skb) {
    e.asm.mov32(dst, READABLE);
    return;
  }
  emitSkbField(e, e.skb, 'dataLen', dst);
  e.asm.alu32('add', dst, READABLE);
}

function emitSkbField(e: Emission, skb: SkbAccess, name: keyof SkbPlaces, dst: Reg): void {
  const field = skb.fields[name];
  if (skb.mode === 'direct') {
    loadField(e.asm, dst, field, skb.reg, 0);
    return;
  }
  saveRegisters(e, dst);
  e.asm.mov(T, skb.reg);
  emitProbedField(e, field, dst);
  restoreRegisters(e, dst);
}

function emitDeviceField(e: Emission, skb: SkbAccess, field: SkbField): void {
  saveRegisters(e, A);
  if (skb.mode === 'direct') loadField(e.asm, T, skb.fields.dev, skb.reg, 0);
  else {
    e.asm.mov(T, skb.reg);
    emitProbedField(e, skb.fields.dev, T);
  }
  e.asm.jumpIf(T, '==', 0, e.outcomes.noMatch);
  emitProbedField(e, field, A);
  restoreRegisters(e, A);
}

/** dst = a field of the struct at the address in T, by way of the scratch bytes. */
function emitProbedField(e: Emission, field: SkbField, dst: Reg): void {
  e.asm.add(T, field.offset);
  probeRead(e.asm, e.frame.scratch, SIZE_BYTES[field.size], e.outcomes.noMatch);
  loadField(e.asm, dst, field, 'r10', e.frame.scratch - field.offset);
}

function emitHelper(e: Emission, helper: HelperName): void {
  saveRegisters(e, A);
  e.asm.call(helper).mov32(A, 'r0');
  restoreRegisters(e, A);
}
