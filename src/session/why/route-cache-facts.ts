import { isUnavailable } from '../../base/index.ts';
import { inside, type Place } from '../../collect/index.ts';
import type { Fact } from '../../diagnose/index.ts';
import { readText } from '../../kernel/index.ts';
import type { Baseline } from './baseline.ts';
import { factsOf } from './fact-maker.ts';

/** Columns of /proc/net/stat/rt_cache, added up over the CPUs. One table for the whole machine. */
export type RouteCacheCounts = ReadonlyMap<string, number>;

const FILE = '/proc/net/stat/rt_cache';
const COLUMNS = ['in_martian_src', 'in_martian_dst', 'in_no_route'];

export function readRouteCache(place: Place): RouteCacheCounts | undefined {
  const text = inside(place, () => readText('/proc/thread-self/net/stat/rt_cache'));
  return typeof text !== 'string' || isUnavailable(text) ? undefined : parseRouteCache(text);
}

/** A line of names, then a line of hexadecimal numbers for each CPU. */
export function parseRouteCache(text: string): RouteCacheCounts {
  const [names = [], ...rows] = text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => line.trim().split(/\s+/));
  return new Map(
    names.map((name, at) => [name, rows.reduce((sum, row) => sum + Number.parseInt(row[at] ?? '0', 16), 0)]),
  );
}

export function routeCacheFacts(before: RouteCacheCounts | undefined, after: Baseline): Fact[] {
  const { routeCache, place, counters } = after;
  if (routeCache === undefined || before === undefined) return [];
  const moved = COLUMNS.filter(name => routeCache.has(name)).map(name => [
    `rtcache.${name}.delta`,
    routeCache.get(name)! - (before.get(name) ?? 0),
  ]);
  return factsOf(Object.fromEntries(moved), { netns: place.inode }, { source: FILE, time: counters.time });
}
