import { rmdirSync } from 'node:fs';
import { isUnavailable } from '../base/index.ts';
import { NetnsNames } from './netns-names.ts';
import { namesIn, readText } from './read-file.ts';
import { runTool, type ToolResult } from './run-tool.ts';
import { toolPath } from './tool-packages.ts';
import { tracefs, traceInstances } from './tracefs.ts';

/** Something that a run which could not clean up (SIGKILL, power) left behind. */
export interface Leftover {
  readonly kind: 'trace instance' | 'nft table' | 'network namespace' | 'control group';
  /** "netwhy-1234"; tables with their family: "inet netwhy-1234". */
  readonly name: string;
  /** Whom it belonged to; this process is no more. */
  readonly pid: number;
}

/** Everything netwhy makes outside itself carries its process number. */
const OWN_NAME = /^netwhy[-_](\d+)/;
const OWN_NETNS = /^nw(\d+)[a-z]/;

/** What runs that have ended left in tracefs, in nftables of this namespace, and under /run/netns. */
export function leftovers(isAlive: (pid: number) => boolean = processIsAlive): Leftover[] {
  return [
    ...named('trace instance', instances(), OWN_NAME),
    ...named('nft table', nftTables(), OWN_NAME),
    ...named('network namespace', mountedNames(), OWN_NETNS),
    ...named('control group', namesIn(cgroupRoot() ?? ''), OWN_NETNS),
  ].filter(leftover => !isAlive(leftover.pid));
}

/** Removes one; the error text when that fails. */
export function removeLeftover({ kind, name }: Leftover): string | undefined {
  return REMOVE[kind](name);
}

const REMOVE: Readonly<Record<Leftover['kind'], (name: string) => string | undefined>> = {
  'trace instance': removeInstance,
  'nft table': name => problemOf(runTool(toolPath('nft') ?? 'nft', ['delete', 'table', ...name.split(' ')])),
  'network namespace': removeNamespace,
  'control group': name => removeDirectory(`${cgroupRoot()}/${name}`),
};

/** With the processes that still are in it: a stopped one does not notice that its parent is gone. */
function removeNamespace(name: string): string | undefined {
  const ip = toolPath('ip') ?? 'ip';
  for (const pid of runTool(ip, ['netns', 'pids', name]).stdout.split('\n').filter(Boolean).map(Number))
    endProcess(pid);
  return problemOf(runTool(ip, ['netns', 'del', name]));
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Where cgroup v2 is mounted. */
function cgroupRoot(): string | undefined {
  return /^\S+ (\S+) cgroup2 /m.exec(readText('/proc/self/mounts') ?? '')?.[1];
}

function removeInstance(name: string): string | undefined {
  const at = tracefs();
  return isUnavailable(at) ? at.why : removeDirectory(`${at.path}/instances/${name}`);
}

function removeDirectory(path: string): string | undefined {
  try {
    rmdirSync(path);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function problemOf(result: ToolResult): string | undefined {
  return result.code === 0 ? undefined : result.stderr.trim() || `exit code ${result.code}`;
}

function named(kind: Leftover['kind'], names: readonly string[], form: RegExp): Leftover[] {
  return names.flatMap(name => {
    const pid = form.exec(name.slice(name.lastIndexOf(' ') + 1))?.[1];
    return pid === undefined ? [] : [{ kind, name, pid: Number(pid) }];
  });
}

function instances(): string[] {
  const at = tracefs();
  return isUnavailable(at) ? [] : traceInstances(at);
}

function mountedNames(): string[] {
  return new NetnsNames()
    .all()
    .filter(netns => netns.kind === 'named' && netns.path.endsWith(`/netns/${netns.name}`))
    .map(netns => netns.name);
}

/** "inet filter" for every table of this namespace; none without nft or without permission. */
export function nftTables(): string[] {
  const nft = toolPath('nft');
  return nft === undefined ? [] : parseNftTables(runTool(nft, ['list', 'tables']).stdout);
}

/** Lines "table inet filter" of `nft list tables`. */
export function parseNftTables(text: string): string[] {
  return [...text.matchAll(/^table (\S+ \S+)/gm)].map(found => found[1]!);
}

/** True also for a process of another user; false for one that has ended and that nobody asked about yet. */
export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/s.test(readText(`/proc/${pid}/stat`) ?? '');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
