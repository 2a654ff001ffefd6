import { INSN_BYTES } from '../abi/index.ts';

/** The fields of one 8-byte instruction slot. */
export interface Slot {
  readonly op: number;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
}

export const EMPTY_SLOT: Slot = { op: 0, dst: 0, src: 0, off: 0, imm: 0 };

/** The slot at an index; the caller has checked that it is inside. */
export function readSlot(view: DataView, index: number): Slot {
  const at = index * INSN_BYTES;
  const registers = view.getUint8(at + 1);
  return {
    op: view.getUint8(at),
    dst: registers & 15,
    src: registers >> 4,
    off: view.getInt16(at + 2, true),
    imm: view.getInt32(at + 4, true),
  };
}

export function writeSlots(slots: readonly Slot[]): Uint8Array {
  const bytes = new Uint8Array(slots.length * INSN_BYTES);
  const view = new DataView(bytes.buffer);
  slots.forEach((slot, index) => {
    const at = index * INSN_BYTES;
    view.setUint8(at, slot.op);
    view.setUint8(at + 1, (slot.src << 4) | slot.dst);
    view.setInt16(at + 2, slot.off, true);
    view.setInt32(at + 4, slot.imm, true);
  });
  return bytes;
}

export function sameSlot(a: Slot, b: Slot): boolean {
  return a.op === b.op && a.dst === b.dst && a.src === b.src && a.off === b.off && a.imm === b.imm;
}
