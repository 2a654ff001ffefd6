import { accessSync, constants, statSync } from 'node:fs';
import { type Unavailable, unavailable } from '../base/index.ts';
import { namesIn, readText, readTrimmed } from './read-file.ts';

/** Where tracefs is mounted. */
export interface Tracefs {
  readonly path: string;
  /** Files below it open for reading. */
  readonly readable: boolean;
}

const PLACES = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];
const FILE_SYSTEM = 'tracefs';

/** The mounted tracefs of this machine; why there is none otherwise. */
export function tracefs(): Tracefs | Unavailable {
  const path = mountedAt(readText('/proc/self/mounts') ?? '');
  if (path !== undefined) return { path, readable: opens(`${path}/available_tracers`) };
  return noTracefs(readText('/proc/filesystems') ?? '', sysfsHas(PLACES[0]!));
}

/** Mount point from /proc/mounts: a place that is known first, else the first of all. */
export function mountedAt(mounts: string): string | undefined {
  const points = mounts
    .split('\n')
    .map(line => line.split(' '))
    .filter(([, , type]) => type === FILE_SYSTEM)
    .map(([, point]) => point!);
  return PLACES.find(place => points.includes(place)) ?? points[0];
}

/** Why there is none: not mounted, or not part of the kernel. `placeExists`: sysfs has /sys/kernel/tracing. */
export function noTracefs(filesystems: string, placeExists: boolean): Unavailable {
  if (!new RegExp(`\\t${FILE_SYSTEM}$`, 'm').test(filesystems))
    return unavailable(
      FILE_SYSTEM,
      'this kernel was built without tracefs (CONFIG_FTRACE is not set)',
      'use a kernel with CONFIG_FTRACE=y; tracing by tracepoints goes on without it',
    );
  const place = placeExists ? PLACES[0]! : '/sys/kernel/debug/tracing';
  return unavailable(FILE_SYSTEM, 'tracefs is not mounted', `mount -t tracefs tracefs ${place}`);
}

function sysfsHas(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function opens(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Words of available_tracers: "function_graph", "function", "nop". */
export function availableTracers(at: Tracefs): string[] {
  return (readTrimmed(`${at.path}/available_tracers`) ?? '').split(/\s+/).filter(word => word !== '');
}

/** The kernel lists the functions that can be traced. The list itself takes long to read: only its presence. */
export function listsFilterFunctions(at: Tracefs): boolean {
  return opens(`${at.path}/available_filter_functions`);
}

/** Names of trace instances. */
export function traceInstances(at: Tracefs): string[] {
  return namesIn(`${at.path}/instances`);
}
