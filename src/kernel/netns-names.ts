import { statSync } from 'node:fs';
import { type NamespaceMount, parseNamespaceMounts } from './namespace-mounts.ts';
import type { Netns } from './netns.ts';
import { hostNetns, netnsInodeOf, netnsOfProcess, processNumbers } from './netns-processes.ts';
import { readText } from './read-file.ts';

/** An unknown inode looks at mounts and new processes, but not more often than this … */
const LOOK_EVERY_MS = 200;
/** … and at every process (one may have moved by setns or unshare) not more often than this. */
const LOOK_AT_ALL_EVERY_MS = 2000;
/** Inode numbers are given out again as soon as a namespace is gone: an old answer is checked after this. */
const STALE_MS = 1000;

export interface NetnsNamesOptions {
  /** Root of procfs; default /proc. */
  readonly proc?: string;
  /** Milliseconds, rising; default performance.now. */
  readonly now?: () => number;
}

interface Known {
  readonly netns: Netns;
  /** Named only after a runtime's file: a container's own label is better. */
  readonly weak: boolean;
  checkedAt: number;
}

/** Network namespaces by inode, learned as they are asked for: mounted ones without any process too. */
export class NetnsNames {
  private readonly proc: string;
  private readonly now: () => number;
  private readonly byInode = new Map<number, Known>();
  private readonly seen = new Set<number>();
  private lookedAt = Number.NEGATIVE_INFINITY;
  private lookedAtAllAt = Number.NEGATIVE_INFINITY;

  constructor(options: NetnsNamesOptions = {}) {
    this.proc = options.proc ?? '/proc';
    this.now = options.now ?? (() => performance.now());
    this.learnOwn();
  }

  /**
   * undefined when neither a mount nor a process that this user may see belongs to it. A namespace that has just
   * gone keeps its last name. The same object as long as it is the same namespace.
   */
  find(inode: number): Netns | undefined {
    const known = this.byInode.get(inode);
    if (known === undefined) return this.look(inode);
    if (this.now() - known.checkedAt < STALE_MS) return known.netns;
    known.checkedAt = this.now();
    if (inodeAt(known.netns.path) === inode) return known.netns;
    this.byInode.delete(inode);
    const found = this.look(inode);
    if (found === undefined) this.byInode.set(inode, known);
    return found ?? known.netns;
  }

  nameOf(inode: number): string | undefined {
    return this.find(inode)?.name;
  }

  /** Everything there is now: looks at all mounts and processes. */
  all(): Netns[] {
    this.byInode.clear();
    this.learnOwn();
    this.learnMounts();
    this.learnProcesses(processNumbers(this.proc));
    return [...this.byInode.values()].map(known => known.netns);
  }

  private look(inode: number): Netns | undefined {
    const now = this.now();
    if (now - this.lookedAt < LOOK_EVERY_MS) return undefined;
    this.lookedAt = now;
    this.learnMounts();
    if (!this.settled(inode)) this.lookAtProcesses(inode, now);
    return this.byInode.get(inode)?.netns;
  }

  private lookAtProcesses(inode: number, now: number): void {
    const numbers = processNumbers(this.proc);
    this.learnProcesses(numbers.filter(pid => !this.seen.has(pid)));
    if (this.settled(inode) || now - this.lookedAtAllAt < LOOK_AT_ALL_EVERY_MS) return;
    this.lookedAtAllAt = now;
    this.seen.clear();
    this.learnProcesses(numbers);
  }

  private settled(inode: number): boolean {
    return this.byInode.get(inode)?.weak === false;
  }

  private learnOwn(): void {
    const host = hostNetns(this.proc);
    if (host !== undefined) this.learn(host);
    const own = netnsInodeOf('self', this.proc);
    if (own !== undefined && !this.byInode.has(own))
      this.learn({ inode: own, path: `${this.proc}/self/ns/net`, kind: 'own', name: 'own' });
  }

  /** A mount's name wins over a process's, but not over "host". */
  private learnMounts(): void {
    for (const mount of parseNamespaceMounts(readText(`${this.proc}/self/mountinfo`) ?? '')) {
      const kind = this.byInode.get(mount.inode)?.netns.kind;
      if (kind === undefined || kind === 'own' || kind === 'process') this.learnMount(mount);
    }
  }

  private learnMount({ inode, path, name }: NamespaceMount): void {
    this.learn({ inode, path, kind: 'named', name }, isRuntimeFile(path));
  }

  private learnProcesses(numbers: readonly number[]): void {
    for (const pid of numbers) {
      this.seen.add(pid);
      const inode = netnsInodeOf(pid, this.proc);
      if (inode !== undefined) this.learnProcess(pid, inode);
    }
  }

  private learnProcess(pid: number, inode: number): void {
    const known = this.byInode.get(inode);
    if (known !== undefined && !known.weak) return;
    const netns = netnsOfProcess(pid, inode, this.proc);
    if (known === undefined) this.learn(netns);
    else if (netns.kind === 'container') this.learn({ ...netns, path: known.netns.path });
  }

  private learn(netns: Netns, weak = false): void {
    this.byInode.set(netns.inode, { netns, weak, checkedAt: this.now() });
  }
}

/** Docker keeps sandbox ids in its own directory, CNI plugins use names like cni-0a1b…: nobody knows those by heart. */
function isRuntimeFile(path: string): boolean {
  return !/^(?:\/var)?\/run\/netns\/(?!cni-)/.test(path);
}

/** Inode of the namespace that a file opens; undefined when there is no such file. */
export function inodeAt(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch {
    return undefined;
  }
}
