import { INSN_BYTES } from '../abi/index.ts';
import { NetwhyError } from '../base/index.ts';
import type { Label } from './label.ts';

/** One 8-byte instruction slot before its jump target is known. */
export interface Slot {
  readonly op: number;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
  readonly target?: Label;
  /** Where the distance to the target goes: jumps carry it in off, calls and function addresses in imm. */
  readonly targetIn?: 'off' | 'imm';
}

/** Slots to bytes. Distances count slots from the one after the jump. Throws when a label was never placed. */
export function encodeSlots(
  program: string,
  slots: readonly Slot[],
  placed: ReadonlyMap<Label, number>,
): Uint8Array {
  const bytes = new Uint8Array(slots.length * INSN_BYTES);
  const view = new DataView(bytes.buffer);
  slots.forEach((slot, index) => {
    const distance = slot.target ? distanceTo(program, slot.target, index, placed) : 0;
    const at = index * INSN_BYTES;
    view.setUint8(at, slot.op);
    view.setUint8(at + 1, (slot.src << 4) | slot.dst);
    view.setInt16(at + 2, slot.targetIn === 'off' ? distance : slot.off, true);
    view.setInt32(at + 4, slot.targetIn === 'imm' ? distance : slot.imm, true);
  });
  return bytes;
}

function distanceTo(
  program: string,
  target: Label,
  from: number,
  placed: ReadonlyMap<Label, number>,
): number {
  const to = placed.get(target);
  if (to === undefined) throw new NetwhyError(`${program}: label ${target.name} is used but never placed`);
  const distance = to - from - 1;
  if (distance < -0x8000 || distance > 0x7fff)
    throw new NetwhyError(
      `${program}: jump to ${target.name} is ${distance} slots away, more than 16 bits hold`,
    );
  return distance;
}
