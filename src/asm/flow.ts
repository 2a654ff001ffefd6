import { AssemblyError } from './assembly-error.ts';
import type { Instruction, InstructionKind } from './instruction.ts';

/** An instruction with its distance filled in. */
export interface Placed {
  readonly slot: number;
  readonly instruction: Instruction;
  /** For messages: the label that the distance was made from. */
  readonly towards?: string | undefined;
}

/** After these the next instruction is not reached by falling through. */
const FINAL: ReadonlySet<InstructionKind> = new Set(['exit', 'jump', 'jump-far']);
const STARTS_FUNCTION: ReadonlySet<InstructionKind> = new Set(['call-local', 'function']);

/**
 * What the verifier's first pass also refuses, said with labels: jumps out of the program or into the second half of
 * a 64-bit load, a program or function that runs off its end, instructions that nothing leads to.
 */
export function checkFlow(name: string, code: readonly Placed[], length: number): void {
  const index = new Map(code.map(({ slot }, at) => [slot, at]));
  checkEnd(name, code.at(-1)!, 'the program');
  for (const placed of code) {
    const to = destinationOf(placed);
    if (to !== undefined) checkDestination(name, placed, to, length, code, index);
  }
  checkReached(name, code, index);
}

function destinationOf({ slot, instruction }: Placed): number | undefined {
  return 'distance' in instruction ? slot + 1 + instruction.distance : undefined;
}

function checkDestination(
  name: string,
  { slot, instruction, towards }: Placed,
  to: number,
  length: number,
  code: readonly Placed[],
  index: ReadonlyMap<number, number>,
): void {
  const where = towards === undefined ? `slot ${to}` : `label ${towards} (slot ${to})`;
  if (to < 0 || to >= length)
    throw new AssemblyError(name, slot, `${instruction.kind} to ${where}: the program has ${length} slots`);
  const at = index.get(to);
  if (at === undefined)
    throw new AssemblyError(name, slot, `${instruction.kind} to ${where}: the second half of a 64-bit load`);
  const before = code[at - 1];
  if (before && STARTS_FUNCTION.has(instruction.kind))
    checkEnd(name, before, `what stands before the function at ${where}`);
}

function checkEnd(name: string, { slot, instruction }: Placed, what: string): void {
  if (FINAL.has(instruction.kind)) return;
  throw new AssemblyError(name, slot, `${what} ends in ${instruction.kind}: it must end in exit or a jump`);
}

function checkReached(name: string, code: readonly Placed[], index: ReadonlyMap<number, number>): void {
  const reached = new Uint8Array(code.length);
  const open = [0];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (reached[at]) continue;
    reached[at] = 1;
    const placed = code[at]!;
    const to = destinationOf(placed);
    if (to !== undefined) open.push(index.get(to)!);
    if (!FINAL.has(placed.instruction.kind)) open.push(at + 1);
  }
  const first = code[reached.indexOf(0)];
  if (first)
    throw new AssemblyError(
      name,
      first.slot,
      `nothing leads to this ${first.instruction.kind}: the verifier refuses it`,
    );
}
