import type { Reg, SizeName } from '../abi/index.ts';
import { type Assembler, label } from '../asm/index.ts';
import type { CbpfInsn } from './cbpf.ts';
import { A, type Emission, READABLE, T, T2, T3, X } from './emission.ts';
import type { PacketLoad } from './loads.ts';
import { PLAIN_IPV4 } from './plan.ts';
import { probeRead } from './skb-access.ts';

const SIZES: Readonly<Record<1 | 2 | 4, SizeName>> = { 1: 'u8', 2: 'u16', 4: 'u32' };
/** Both MAC addresses and a tag put back behind them. */
const TAGGED_START = 16;

/** dst = packet bytes at k, or at X + k. */
export function emitPacketLoad(e: Emission, insn: CbpfInsn, at: number, load: PacketLoad, dst: Reg): void {
  if (load.fromX) emitIndirect(e, insn.k, at, load.bytes);
  else emitAbsolute(e, insn.k, at, load.bytes, dst);
}

function emitAbsolute(e: Emission, k: number, at: number, bytes: 1 | 2 | 4, dst: Reg): void {
  e.require(at, k + bytes);
  if (e.isInCopy(k, bytes)) loadBigEndian(e.asm, dst, e.frame.copy + k, bytes);
  else {
    e.asm.mov(T, k);
    emitFar(e, bytes, dst, k >= TAGGED_START);
  }
}

function emitIndirect(e: Emission, k: number, at: number, bytes: 1 | 2 | 4): void {
  const usual = e.plan.xIsHeaderLength[at] && e.isInCopy(k + PLAIN_IPV4, bytes);
  if (usual) emitBehindHeader(e, k, at, bytes);
  else emitAtX(e, k, bytes);
}

/** The usual header length is looked up in the copy, any other is read from the packet. */
function emitBehindHeader(e: Emission, k: number, at: number, bytes: 1 | 2 | 4): void {
  const options = label('ip_options');
  const resume = label('loaded');
  e.asm.jumpIf32(X, '!=', PLAIN_IPV4, options);
  e.require(at, k + PLAIN_IPV4 + bytes);
  loadBigEndian(e.asm, A, e.frame.copy + k + PLAIN_IPV4, bytes);
  e.asm.place(resume);
  e.later(() => {
    e.asm.place(options);
    emitAtX(e, k, bytes);
    e.asm.jump(resume);
  });
}

function emitAtX(e: Emission, k: number, bytes: 1 | 2 | 4): void {
  e.asm.mov(T, X).add(T, k);
  e.asm.mov(T2, T).add(T2, bytes).jumpIf(T2, '>', READABLE, e.want(e.tooShort));
  emitFar(e, bytes, A, k >= TAGGED_START);
}

/** dst = bytes at the offset in T, which is known to be readable. A survives unless it is dst; so does X. */
function emitFar(e: Emission, bytes: 1 | 2 | 4, dst: Reg, behindTag: boolean): void {
  const { asm, frame } = e;
  saveRegisters(e, dst);
  if (e.tagsInline && !behindTag) emitAddressWithTag(e);
  else asm.load('u64', T2, 'r10', frame.start).add(T, T2);
  probeRead(asm, frame.scratch, bytes, e.outcomes.noMatch);
  loadBigEndian(asm, dst, frame.scratch, bytes);
  restoreRegisters(e, dst);
}

/**
 * The first bytes of a packet with its tag put back are nowhere but on our own stack. Where T can be
 * no offset below TAGGED_START the verifier may come by all the same, and know no bounds of it then
 * ("REG INVARIANTS VIOLATION"): the mask, which changes nothing, gives it some.
 */
function emitAddressWithTag(e: Emission): void {
  const { asm, frame } = e;
  const inPacket = label('in_packet');
  const known = label('address_known');
  asm.jumpIf(T, '>=', TAGGED_START, inPacket);
  asm
    .and(T, TAGGED_START - 1)
    .mov(T2, 'r10')
    .add(T2, frame.copy)
    .add(T2, T)
    .mov(T, T2)
    .jump(known);
  asm.place(inPacket).load('u64', T2, 'r10', frame.start).add(T, T2).place(known);
}

/** Before a helper call whose result goes to `dst`. */
export function saveRegisters(e: Emission, dst: Reg): void {
  if (dst !== X) e.asm.store('u32', 'r10', e.frame.savedX, X);
  if (dst !== A) e.asm.store('u32', 'r10', e.frame.savedA, A);
}

export function restoreRegisters(e: Emission, dst: Reg): void {
  if (dst !== X) e.asm.load('u32', X, 'r10', e.frame.savedX);
  if (dst !== A) e.asm.load('u32', A, 'r10', e.frame.savedA);
  e.asm.load('u64', READABLE, 'r10', e.frame.readable);
}

/** dst = big-endian bytes on the stack. The verifier wants stack loads aligned: others are put together. */
export function loadBigEndian(asm: Assembler, dst: Reg, offset: number, bytes: 1 | 2 | 4): void {
  loadPiece(asm, dst, offset, bytes, T2, T3);
}

function loadPiece(
  asm: Assembler,
  dst: Reg,
  offset: number,
  bytes: 1 | 2 | 4,
  spare: Reg,
  spare2: Reg,
): void {
  if (bytes === 1) asm.load('u8', dst, 'r10', offset);
  else if ((offset & (bytes - 1)) === 0)
    asm.load(SIZES[bytes], dst, 'r10', offset).toBigEndian(dst, bytes === 2 ? 16 : 32);
  else loadHalves(asm, dst, offset, bytes === 4 ? 2 : 1, spare, spare2);
}

function loadHalves(asm: Assembler, dst: Reg, offset: number, half: 1 | 2, spare: Reg, spare2: Reg): void {
  loadPiece(asm, dst, offset, half, spare, spare2);
  asm.lsh(dst, half * 8);
  loadPiece(asm, spare, offset + half, half, spare2, spare2);
  asm.or(dst, spare);
}
