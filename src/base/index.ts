/**
 * base: what every other room stands on, and nothing that knows about networks or kernels' insides.
 *
 * Promises: no dependency, no I/O, no global state. Errors are typed and carry what a user needs to act;
 * cursors never read outside their bytes; values that say "this kernel cannot" are plain data.
 */
export { ByteCursor } from './cursor.ts';
export {
  BtfError,
  BtfNotFoundError,
  errnoName,
  FilterSyntaxError,
  NetwhyError,
  SyscallError,
  UsageError,
  VerifierError,
} from './errors.ts';
export { compareVersions, type KernelVersion, kernelAtLeast, parseKernelVersion } from './kernel-version.ts';
export { decodeUtf8, encodeUtf8 } from './text.ts';
export { hexOf, joinU64, s64Of } from './u64.ts';
export { isUnavailable, type Unavailable, unavailable } from './unavailable.ts';
