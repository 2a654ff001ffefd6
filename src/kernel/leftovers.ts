import { rmdirSync } from 'node:fs';
import { isUnavailable } from '../base/index.ts';
import { NetnsNames } from './netns-names.ts';
import { runTool, type ToolResult } from './run-tool.ts';
import { toolPath } from './tool-packages.ts';
import { tracefs, traceInstances } from './tracefs.ts';

/** Something that a run which could not clean up (SIGKILL, power) left behind. */
export interface Leftover {
  readonly kind: 'trace instance' | 'nft table' | 'network namespace';
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
  ].filter(leftover => !isAlive(leftover.pid));
}

/** Removes one; the error text when that fails. */
export function removeLeftover({ kind, name }: Leftover): string | undefined {
  return REMOVE[kind](name);
}

const REMOVE: Readonly<Record<Leftover['kind'], (name: string) => string | undefined>> = {
  'trace instance': removeInstance,
  'nft table': name => problemOf(runTool(toolPath('nft') ?? 'nft', ['delete', 'table', ...name.split(' ')])),
  'network namespace': name => problemOf(runTool(toolPath('ip') ?? 'ip', ['netns', 'del', name])),
};

function removeInstance(name: string): string | undefined {
  const at = tracefs();
  if (isUnavailable(at)) return at.why;
  try {
    rmdirSync(`${at.path}/instances/${name}`);
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

/** True also for a process of another user. */
export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
