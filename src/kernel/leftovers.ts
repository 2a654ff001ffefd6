import { appendFileSync, rmdirSync } from 'node:fs';
import { isUnavailable, NetwhyError } from '../base/index.ts';
import { inNamespace } from '../sys/index.ts';
import { legacyTraceRules, removeTraceRule } from './legacy-trace-rules.ts';
import type { Netns } from './netns.ts';
import { NetnsNames } from './netns-names.ts';
import { netnsInodeOf } from './netns-processes.ts';
import { nftTables } from './nft-tables.ts';
import { innerProcessNumbers, processIsAlive } from './process-alive.ts';
import { namesIn, readText } from './read-file.ts';
import { runTool, type ToolResult } from './run-tool.ts';
import { toolPath } from './tool-packages.ts';
import { tracefs, traceInstances } from './tracefs.ts';

/** Something that a run which could not clean up (SIGKILL, power) left behind. */
export interface Leftover {
  readonly kind:
    | 'trace instance'
    | 'kprobe event'
    | 'nft table'
    | 'TRACE rule'
    | 'network namespace'
    | 'control group';
  /** "netwhy-1234"; tables with their family: "inet netwhy-1234"; rules as the command that adds them. */
  readonly name: string;
  /** Of tables and rules that are in another network namespace. */
  readonly netns?: Pick<Netns, 'name' | 'path'>;
  /** Whom it belonged to; this process is no more. */
  readonly pid: number;
}

/** Everything netwhy makes outside itself carries its process number. */
const OWN_NAME = /^netwhy[-_](\d+)/;
const OWN_NETNS = /^nw(\d+)[a-z]/;
const OWN_RULE = /--comment "?netwhy-(\d+)/;

/** What runs that have ended left in tracefs, under /run/netns, in control groups, and in the rules of every namespace. */
export function leftovers(isAlive: (pid: number) => boolean = processIsAlive): Leftover[] {
  const namespaces = new NetnsNames().all();
  const dead = [
    ...named('trace instance', instances(), OWN_NAME),
    ...named('kprobe event', kprobeEvents(), OWN_NAME),
    ...named('network namespace', mountedNames(namespaces), OWN_NETNS),
    ...named('control group', namesIn(cgroupRoot() ?? ''), OWN_NETNS),
  ].filter(({ pid }) => !isAlive(pid));
  const gone = new Set(dead.map(({ name }) => name));
  return [
    ...dead,
    ...deadRules(
      namespaces.filter(({ name }) => !gone.has(name)),
      isAlive,
    ),
  ];
}

/** A container counts processes by itself: whoever has the number in one of them may be the owner. */
function deadRules(namespaces: readonly Netns[], isAlive: (pid: number) => boolean): Leftover[] {
  const dead = namespaces.flatMap(rulesIn).filter(({ pid }) => !isAlive(pid));
  if (dead.length === 0) return [];
  const inner = innerProcessNumbers();
  return dead.filter(({ pid }) => !inner.has(pid));
}

/** Tables and TRACE rules of netwhy in one namespace; none where it cannot be entered. */
function rulesIn({ inode, name, path }: Netns): Leftover[] {
  const found = (): Leftover[] => [
    ...named('nft table', nftTables(), OWN_NAME),
    ...named('TRACE rule', legacyTraceRules(), OWN_RULE),
  ];
  if (inode === netnsInodeOf('self')) return found();
  try {
    return inNamespace(path, found).map(leftover => ({ ...leftover, netns: { name, path } }));
  } catch (error) {
    if (error instanceof NetwhyError) return [];
    throw error;
  }
}

/** Removes one; the error text when that fails. */
export function removeLeftover({ kind, name, netns }: Leftover): string | undefined {
  const remove = (): string | undefined => REMOVE[kind](name);
  try {
    return netns === undefined ? remove() : inNamespace(netns.path, remove);
  } catch (error) {
    if (error instanceof NetwhyError) return error.message;
    throw error;
  }
}

const REMOVE: Readonly<Record<Leftover['kind'], (name: string) => string | undefined>> = {
  'trace instance': removeInstance,
  'kprobe event': removeEvent,
  'nft table': name => problemOf(runTool(toolPath('nft') ?? 'nft', ['delete', 'table', ...name.split(' ')])),
  'TRACE rule': name => problemOf(removeTraceRule(name)),
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

function kprobeEvents(): string[] {
  const at = tracefs();
  return isUnavailable(at) ? [] : parseKprobeEvents(readText(`${at.path}/kprobe_events`) ?? '');
}

/** "netwhy_1234/trace0" of lines "p:netwhy_1234/trace0 tcp_v4_rcv"; a name that many functions share, once. */
export function parseKprobeEvents(text: string): string[] {
  return [...new Set([...text.matchAll(/^[pr]\d*:(\S+)/gm)].map(found => found[1]!))];
}

function removeEvent(name: string): string | undefined {
  const at = tracefs();
  if (isUnavailable(at)) return at.why;
  try {
    appendFileSync(`${at.path}/kprobe_events`, `-:${name}\n`);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
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
    const pid = form.exec(kind === 'nft table' ? name.slice(name.lastIndexOf(' ') + 1) : name)?.[1];
    return pid === undefined ? [] : [{ kind, name, pid: Number(pid) }];
  });
}

function instances(): string[] {
  const at = tracefs();
  return isUnavailable(at) ? [] : traceInstances(at);
}

function mountedNames(namespaces: readonly Netns[]): string[] {
  return namespaces
    .filter(netns => netns.kind === 'named' && netns.path.endsWith(`/netns/${netns.name}`))
    .map(netns => netns.name);
}
