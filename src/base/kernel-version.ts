/** `major.minor.patch` of `uname -r`; the distribution's own suffix is kept in `release`. */
export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly release: string;
}

/** Returns undefined when the text does not start with two numbers. "6.12.107+deb12-amd64", "6.1.0-56-amd64", "5.4". */
export function parseKernelVersion(release: string): KernelVersion | undefined {
  const found = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release);
  if (!found) return undefined;
  return { major: Number(found[1]), minor: Number(found[2]), patch: Number(found[3] ?? 0), release };
}

/** Negative when a is older than b; suffixes do not count. */
export function compareVersions(a: KernelVersion, b: KernelVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

export function kernelAtLeast(version: KernelVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
