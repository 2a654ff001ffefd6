import { readText } from '../../kernel/index.ts';

/**
 * Hits that the kernel left out because another kprobe was being handled on that CPU, over all events whose names
 * end so. `root`: of tracefs.
 */
export function kprobeMisses(root: string, suffix: string): number {
  return missesIn(readText(`${root}/kprobe_profile`) ?? '', suffix);
}

/** Lines "event hits misses". */
export function missesIn(profile: string, suffix: string): number {
  return profile
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([name]) => name?.endsWith(suffix))
    .reduce((sum, [, , misses]) => sum + Number(misses), 0);
}
