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
const ANCILLARY_BASE = 0xffff_f000;

/** SKF_AD_*: what a live capture's filter may ask the kernel besides the bytes. */
export const ANCILLARY = {
  protocol: 0,
  pktType: 4,
  ifindex: 8,
  mark: 20,
  queue: 24,
  deviceType: 28,
  hash: 32,
  cpu: 36,
  xorX: 40,
  vlanTag: 44,
  vlanPresent: 48,
  random: 56,
  vlanProtocol: 60,
} as const;
export type AncillaryName = keyof typeof ANCILLARY;

const ANCILLARY_BY_OFFSET: ReadonlyMap<number, AncillaryName> = new Map(
  Object.entries(ANCILLARY).map(([name, number]) => [ANCILLARY_BASE + number, name as AncillaryName]),
);

/** No load in a filter reaches further than this into a packet; more would wrap around 32 bits. */
export const FURTHEST: number = 0x7fff_ffff - 8;

/** Undefined for everything but loads of packet bytes. */
export function packetLoadOf(insn: CbpfInsn): PacketLoad | undefined {
  return ancillaryOf(insn) === undefined ? LOADS[insn.code] : undefined;
}

/** Which of the kernel's own facts an instruction loads, if any. */
export function ancillaryOf(insn: CbpfInsn): AncillaryName | undefined {
  const isAbsolute = LOADS[insn.code]?.fromX === false && insn.code !== CBPF.ldxMsh;
  return isAbsolute ? ANCILLARY_BY_OFFSET.get(insn.k) : undefined;
}

/** Rejects every packet: a load from beyond any of them, a division by the constant 0. */
export function alwaysRejects(insn: CbpfInsn): boolean {
  if (insn.code === CBPF.div || insn.code === CBPF.mod) return insn.k === 0;
  return packetLoadOf(insn) !== undefined && insn.k > FURTHEST;
}
