import { CBPF, type CbpfInsn } from './cbpf.ts';

/** What a packet load reads: `bytes` at k, or at X + k. */
export interface PacketLoad {
  readonly bytes: 1 | 2 | 4;
  readonly fromX: boolean;
}

const LOADS: Readonly<Record<number, PacketLoad>> = {
  [CBPF.ldWordAbs]: { bytes: 4, fromX: false },
  [CBPF.ldHalfAbs]: { bytes: 2, fromX: false },
  [CBPF.ldByteAbs]: { bytes: 1, fromX: false },
  [CBPF.ldxMsh]: { bytes: 1, fromX: false },
  [CBPF.ldWordInd]: { bytes: 4, fromX: true },
  [CBPF.ldHalfInd]: { bytes: 2, fromX: true },
  [CBPF.ldByteInd]: { bytes: 1, fromX: true },
};

/** Offsets from here up are no packet bytes but facts the kernel keeps beside the packet (SKF_AD_OFF, linux/filter.h). */
export const ANCILLARY_BASE = 0xffff_f000;

/** No load in a filter reaches further than this into a packet; more would wrap around 32 bits. */
const FURTHEST = 0x7fff_ffff - 8;

/** Undefined for everything but loads of packet bytes. */
export function packetLoadOf(insn: CbpfInsn): PacketLoad | undefined {
  return isAncillary(insn) ? undefined : LOADS[insn.code];
}

/** LD ABS of the kernel's own facts. */
export function isAncillary(insn: CbpfInsn): boolean {
  return insn.k >= ANCILLARY_BASE && LOADS[insn.code]?.fromX === false && insn.code !== CBPF.ldxMsh;
}

/** The constant part lies beyond any packet: the load always fails. */
export function isBeyondAnyPacket(insn: CbpfInsn): boolean {
  return insn.k > FURTHEST;
}
