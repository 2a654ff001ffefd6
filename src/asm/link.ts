import { AssemblyError } from './assembly-error.ts';
import { slotsOf } from './encode.ts';
import type { Instruction } from './instruction.ts';
import type { Label } from './label.ts';
import { type Slot, writeSlots } from './slot.ts';

/** An instruction in its place; with a target, its distance is only known once all labels are placed. */
export interface Item {
  readonly slot: number;
  readonly instruction: Instruction;
  readonly target?: Label;
}

interface Unlinked {
  readonly name: string;
  readonly items: readonly Item[];
  readonly length: number;
  readonly placed: ReadonlyMap<Label, number>;
}

/** After these the next instruction is not reached by falling through. */
const FINAL: ReadonlySet<Instruction['kind']> = new Set(['exit', 'jump', 'jump-far']);
const STARTS_FUNCTION: ReadonlySet<Instruction['kind']> = new Set(['call-local', 'function']);

/** Fills in distances and checks that every path stays inside the program. Throws AssemblyError. */
export function link(program: Unlinked): Uint8Array {
  const { name, items, length } = program;
  const last = items.at(-1);
  if (!last) throw new AssemblyError(name, undefined, 'has no instructions');
  const before = new Map(items.map((item, index) => [item.slot, items[index - 1]]));
  checkEnd(name, last, 'the program');
  const slots: Slot[] = [];
  for (const item of items) {
    const instruction = aimed(program, item);
    slots.push(...slotsOf(instruction, name, item.slot));
    if ('distance' in instruction)
      checkLanding(name, item, item.slot + 1 + instruction.distance, length, before);
  }
  return writeSlots(slots);
}

function aimed({ name, length, placed }: Unlinked, { slot, instruction, target }: Item): Instruction {
  if (!target) return instruction;
  const to = placed.get(target);
  if (to === undefined) throw new AssemblyError(name, slot, `label ${target.name} is used but never placed`);
  if (to === length)
    throw new AssemblyError(name, slot, `label ${target.name} stands after the last instruction`);
  const distance = to - slot - 1;
  if ((distance < -0x8000 || distance > 0x7fff) && 'distance' in instruction && SHORT.has(instruction.kind))
    throw new AssemblyError(
      name,
      slot,
      `${instruction.kind} to label ${target.name} is ${distance} slots away, more than 16 signed bits hold`,
      'go there in two jumps, or with jumpFar from 6.6 on',
    );
  return { ...instruction, distance } as Instruction;
}

const SHORT: ReadonlySet<Instruction['kind']> = new Set(['jump', 'branch']);

function checkLanding(
  name: string,
  { slot, instruction, target }: Item,
  to: number,
  length: number,
  before: ReadonlyMap<number, Item | undefined>,
): void {
  const where = target ? `label ${target.name} (slot ${to})` : `slot ${to}`;
  if (to < 0 || to >= length)
    throw new AssemblyError(name, slot, `${instruction.kind} to ${where}: the program has ${length} slots`);
  if (!before.has(to))
    throw new AssemblyError(name, slot, `${instruction.kind} to ${where}: the second half of a 64-bit load`);
  const previous = before.get(to);
  if (STARTS_FUNCTION.has(instruction.kind) && previous)
    checkEnd(name, previous, `what stands before the function at ${where}`);
}

function checkEnd(name: string, { slot, instruction }: Item, what: string): void {
  if (FINAL.has(instruction.kind)) return;
  throw new AssemblyError(name, slot, `${what} ends in ${instruction.kind}: it must end in exit or a jump`);
}
