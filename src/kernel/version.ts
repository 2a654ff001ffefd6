import { release } from 'node:os';
import { type KernelVersion, NetwhyError, parseKernelVersion } from '../base/index.ts';

/** The running kernel's version, as `uname -r` says it. */
export function kernelVersion(): KernelVersion {
  const version = parseKernelVersion(release());
  if (version === undefined)
    throw new NetwhyError(`uname -r says "${release()}", expected a version such as 6.12.1`);
  return version;
}
