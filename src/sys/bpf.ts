import { COMMANDS, type CommandName } from '../abi/index.ts';
import type { CapabilityName } from './capabilities.ts';
import { rawSyscall, syscall } from './syscall.ts';

/** What EPERM from a command means when the caller does not know better. */
const NEEDS: Partial<Record<CommandName, readonly CapabilityName[]>> = {
  map_create: ['CAP_BPF'],
  prog_load: ['CAP_BPF', 'CAP_PERFMON'],
  btf_load: ['CAP_BPF'],
  raw_tracepoint_open: ['CAP_BPF', 'CAP_PERFMON'],
  link_create: ['CAP_BPF', 'CAP_PERFMON'],
  prog_test_run: ['CAP_BPF', 'CAP_NET_ADMIN'],
  prog_get_next_id: ['CAP_SYS_ADMIN'],
  map_get_next_id: ['CAP_SYS_ADMIN'],
  link_get_next_id: ['CAP_SYS_ADMIN'],
  btf_get_next_id: ['CAP_SYS_ADMIN'],
  prog_get_fd_by_id: ['CAP_SYS_ADMIN'],
  map_get_fd_by_id: ['CAP_SYS_ADMIN'],
  link_get_fd_by_id: ['CAP_SYS_ADMIN'],
  btf_get_fd_by_id: ['CAP_SYS_ADMIN'],
};

/**
 * bpf(2): a file descriptor or 0. `attr` is the command's struct, see Attr; `what` names the object in errors.
 * Throws SyscallError "bpf(MAP_CREATE) of map drops".
 */
export function bpf(command: CommandName, attr: Uint8Array, what?: string): number {
  const text = { as: bpfCall(command, what), needs: NEEDS[command] ?? [] };
  return syscall('bpf', [COMMANDS[command], attr, attr.byteLength], text);
}

/** How errors name a command. */
export function bpfCall(command: CommandName, what?: string): string {
  return `bpf(${command.toUpperCase()})${what === undefined ? '' : ` of ${what}`}`;
}

/** The same without exceptions: 0 or more, or the negative errno. For calls that are expected to fail. */
export function tryBpf(command: CommandName, attr: Uint8Array): number {
  return rawSyscall('bpf', [COMMANDS[command], attr, attr.byteLength]);
}
