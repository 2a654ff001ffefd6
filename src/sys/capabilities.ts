import { readFileSync } from 'node:fs';

/** Bit numbers in CapEff (include/uapi/linux/capability.h). */
export const CAPABILITIES = {
  CAP_DAC_READ_SEARCH: 2,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_RESOURCE: 24,
  CAP_SYSLOG: 34,
  /** 5.8; before, CAP_SYS_ADMIN. */
  CAP_PERFMON: 38,
  /** 5.8; before, CAP_SYS_ADMIN. */
  CAP_BPF: 39,
} as const;
export type CapabilityName = keyof typeof CAPABILITIES;

/** CAP_SYS_ADMIN still opens everything that was split off from it. */
const INSIDE_SYS_ADMIN: readonly CapabilityName[] = ['CAP_BPF', 'CAP_PERFMON'];

/** The calling thread's effective capabilities, read anew: they change with setuid and ambient sets. */
export function effectiveCapabilities(): bigint {
  const found = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/thread-self/status', 'utf8'));
  return BigInt(`0x${found?.[1] ?? '0'}`);
}

/** CAP_BPF and CAP_PERFMON are also there when CAP_SYS_ADMIN is. */
export function hasCapability(name: CapabilityName, held: bigint = effectiveCapabilities()): boolean {
  if (isHeld(name, held)) return true;
  return INSIDE_SYS_ADMIN.includes(name) && isHeld('CAP_SYS_ADMIN', held);
}

export function missingCapabilities(
  wanted: readonly CapabilityName[],
  held: bigint = effectiveCapabilities(),
): readonly CapabilityName[] {
  return wanted.filter(name => !hasCapability(name, held));
}

function isHeld(name: CapabilityName, held: bigint): boolean {
  return ((held >> BigInt(CAPABILITIES[name])) & 1n) === 1n;
}

/** True inside a container's own user namespace: its capabilities say nothing about the host's kernel. */
export function inUserNamespace(): boolean {
  return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));
}
