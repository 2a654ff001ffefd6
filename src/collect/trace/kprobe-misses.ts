import { readText } from '../../kernel/index.ts';

/** What names of our trace events end with: the kernel's profile names events without their group. */
export function eventSuffix(): string {
  return `_${process.pid}`;
}

/**
 * Hits that the kernel left out because another kprobe was being handled on that CPU, over all of our trace events.
 * `root`: of tracefs.
 */
export function kprobeMisses(root: string): number {
  return missesIn(readText(`${root}/kprobe_profile`) ?? '', eventSuffix());
}

/** Lines "event hits misses". */
export function missesIn(profile: string, suffix: string): number {
  return profile
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([name]) => name?.endsWith(suffix))
    .reduce((sum, [, , misses]) => sum + Number(misses), 0);
}
