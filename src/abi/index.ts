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
  CURRENT_CPU,
  KPROBE_MULTI_FLAGS,
  PROGRAM_FLAGS,
  REDIRECT_FLAGS,
  RING_FLAGS,
  RING_QUERY,
  STACK_FLAGS,
} from './helper-flags.ts';
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
  SIZE_OF_BYTES,
  type SizeName,
  SOURCE_REG,
} from './insn.ts';
export { MAP_FLAGS, UPDATE_FLAGS } from './map-flags.ts';
export {
  ADDRESS_FAMILIES,
  ETHERTYPES,
  type EthertypeName,
  IP_PROTOCOLS,
  type IpProtocolName,
  LINK_TYPES,
  NETFILTER_FAMILIES,
  NETFILTER_HOOKS,
  NETFILTER_VERDICTS,
  NETLINK,
  PACKET_TYPES,
} from './network.ts';
export { PERF_ATTR, PERF_ATTR_BYTES, PERF_FLAGS, PERF_IOCTLS, PERF_TYPES } from './perf.ts';
