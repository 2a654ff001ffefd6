import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { type KernelVersion, kernelAtLeast, parseKernelVersion } from '../base/index.ts';

/** Text of a one-line file in /proc or /sys; undefined when it is absent or not readable. */
export function settingOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

let running: KernelVersion | undefined;

/** The running kernel is at least major.minor. True when `uname -r` cannot be read as a version. */
export function runsAtLeast(major: number, minor: number): boolean {
  running ??= parseKernelVersion(release()) ?? { major: 999, minor: 0, patch: 0, release: release() };
  return kernelAtLeast(running, major, minor);
}

/** "none", "integrity", "confidentiality"; undefined without securityfs or the lockdown module. */
export function lockdownMode(): string | undefined {
  return /\[(\w+)\]/.exec(settingOf('/sys/kernel/security/lockdown') ?? '')?.[1];
}
