import { readTrimmed } from './read-file.ts';

/**
 * A sysctl by its dotted name ("net.netfilter.nf_log.2"; a dot inside a name is written as "/", as sysctl(8) does).
 * undefined when this kernel, namespace or user does not have it. Read in the calling thread's network namespace.
 */
export function sysctl(name: string): string | undefined {
  return readTrimmed(sysctlPath(name));
}

export function sysctlPath(name: string): string {
  const swapped = name.replace(/[./]/g, found => (found === '.' ? '/' : '.'));
  return `/proc/sys/${swapped}`;
}

/** As sysctl, for those that are one number. */
export function sysctlNumber(name: string): number | undefined {
  const text = sysctl(name);
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
