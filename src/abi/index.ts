/**
 * abi: kernel constants as tables, each naming the header it comes from.
 *
 * Promises: only numbers that the kernel never changes. What moves between kernels (drop reasons, field places)
 * is read from the running kernel's BTF elsewhere.
 */
export {
  ATTACH_TYPES,
  type AttachTypeName,
  COMMANDS,
  type CommandName,
  HELPERS,
  type HelperName,
  MAP_TYPES,
  type MapTypeName,
  PROG_TYPES,
  type ProgTypeName,
} from './bpf.gen.ts';
export {
  ALU,
  type AluName,
  ATOMIC,
  type AtomicName,
  CALL,
  CLASS,
  INSN_BYTES,
  JUMP,
  JUMP_ALWAYS,
  JUMP_CALL,
  JUMP_EXIT,
  type JumpName,
  MODE,
  PSEUDO,
  REGISTERS,
  type Reg,
  SIZE,
  SIZE_BYTES,
  type SizeName,
  SOURCE_REG,
} from './insn.ts';
