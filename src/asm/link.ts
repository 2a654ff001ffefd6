import { AssemblyError } from './assembly-error.ts';
import { slotsOf } from './encode.ts';
import { checkFlow, type Placed } from './flow.ts';
import type { Instruction, InstructionKind } from './instruction.ts';
import type { Label } from './label.ts';
import { type Slot, writeSlots } from './slot.ts';

/** An instruction in its place; with a target, its distance is only known once all labels are placed. */
export interface Item {
  readonly slot: number;
  readonly instruction: Instruction;
  readonly target?: Label;
  /** Its slots, where no label can change them any more. */
  readonly encoded?: readonly Slot[];
}

interface Unlinked {
  readonly name: string;
  readonly items: readonly Item[];
  readonly length: number;
  readonly placed: ReadonlyMap<Label, number>;
}

/** These carry their distance in 16 bits. */
const SHORT: ReadonlySet<InstructionKind> = new Set(['jump', 'branch']);

/** Fills in distances and checks that every path stays inside the program. Throws AssemblyError. */
export function link(program: Unlinked): Uint8Array {
  const { name, items, length } = program;
  if (items.length === 0) throw new AssemblyError(name, undefined, 'has no instructions');
  const code = items.map(item => aimed(program, item));
  checkFlow(name, code, length);
  const slots: Slot[] = [];
  code.forEach(({ instruction, slot }, at) => {
    slots.push(...(items[at]!.encoded ?? slotsOf(instruction, name, slot)));
  });
  return writeSlots(slots);
}

function aimed({ name, length, placed }: Unlinked, { slot, instruction, target }: Item): Placed {
  if (!target) return { slot, instruction };
  const to = placed.get(target);
  if (to === undefined) throw new AssemblyError(name, slot, `label ${target.name} is used but never placed`);
  if (to === length)
    throw new AssemblyError(name, slot, `label ${target.name} stands after the last instruction`);
  const distance = to - slot - 1;
  if (SHORT.has(instruction.kind)) checkShort(name, slot, instruction.kind, target, distance);
  return { slot, instruction: { ...instruction, distance } as Instruction, towards: target.name };
}

function checkShort(name: string, slot: number, kind: string, target: Label, distance: number): void {
  if (distance >= -0x8000 && distance <= 0x7fff) return;
  throw new AssemblyError(
    name,
    slot,
    `${kind} to label ${target.name} is ${distance} slots away, more than 16 signed bits hold`,
    'go there in two jumps, or with jumpFar from 6.6 on',
  );
}
