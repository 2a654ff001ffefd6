/**
 * sys: the narrow door to the kernel: system calls through koffi, with file descriptors and mappings that own themselves.
 *
 * Promises: koffi is loaded at the first call, not at import; every failure is a SyscallError whose hint names what
 * this machine lacks (a capability, a limit, a lockdown mode); every descriptor and mapping is Disposable, may be
 * disposed twice, and is listed by openHandles() until then; memory the kernel reads stays alive during the call.
 */
export { addressOf } from './address.ts';
export { Attr } from './attr.ts';
export { bpf, bpfCall, tryBpf } from './bpf.ts';
export {
  CAPABILITIES,
  type CapabilityName,
  effectiveCapabilities,
  hasCapability,
  inUserNamespace,
  missingCapabilities,
} from './capabilities.ts';
export { firstOnlineCpu, onlineCpus, parseCpuList, possibleCpus } from './cpus.ts';
export { Fd, type OpenHandle, openHandles } from './handles.ts';
export { hintFor } from './hints.ts';
export { dlopen, type LibraryHandle } from './library.ts';
export { lockdownMode, runsAtLeast, settingOf } from './machine.ts';
export { memlock, raiseMemlock, setMemlock } from './memlock.ts';
export { Mapping, mapMemory, pageSize } from './memory.ts';
export { inNamespace } from './namespace.ts';
export { ioctl, perfEventOpen } from './perf-event.ts';
