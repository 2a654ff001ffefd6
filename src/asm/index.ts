/**
 * asm: eBPF programs written in TypeScript.
 *
 * Promises: what you write is what is loaded, byte for byte; labels are objects and cannot clash; comments and
 * labels come back in the listing beside the verifier's complaints. Nothing here touches a kernel: a Blueprint is
 * plain data that `netwhy/load` turns into maps, programs and links.
 */
export {
  type AtomicName,
  CURRENT_CPU,
  HELPERS,
  type HelperName,
  type JumpName,
  MAP_FLAGS,
  type MapTypeName,
  type ProgTypeName,
  type Reg,
  RING_FLAGS,
  type SizeName,
  STACK_FLAGS,
  UPDATE_FLAGS,
} from '../abi/index.ts';
export { NetwhyError } from '../base/index.ts';
export { Assembler } from './assembler.ts';
export { AssemblyError, DecodeError } from './assembly-error.ts';
export type { AttachSpec, Blueprint, MapSpec, ProgramSpec } from './blueprint.ts';
export { decode } from './decode.ts';
export { encode } from './encode.ts';
export type { Instruction, InstructionKind, InstructionOf, Operator, Width } from './instruction.ts';
export { Label, label } from './label.ts';
export { type ListingLine, listing, listingLines } from './listing.ts';
export type { Note, Program, Relocation } from './program.ts';
