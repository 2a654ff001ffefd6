/**
 * vm: one command inside a Debian kernel of another series, in QEMU, over this machine's own root file system.
 *
 * Promises: the command runs as root in the same directory, sees the same files (writes stay in the guest's
 * memory, except below a shared directory), and its output and exit code come back unchanged. Kernel packages
 * live in a cache outside the tree. However a run ends, no process and no temporary file of it is left.
 * Facts about kernels, ports and QEMU that this rests on are in README.md beside this file.
 */
export { main } from './command.ts';
export { cachedKernels, type Kernel, provideKernel } from './kernels.ts';
export { runVm, type VmOptions, type VmResult } from './run.ts';
export { VmUnavailable } from './unavailable.ts';
