import { dlopen, inNamespace } from '../sys/index.ts';
import type { Netns } from './netns.ts';
import type { NetnsNames } from './netns-names.ts';
import { netnsInodeOf } from './netns-processes.ts';
import { readText } from './read-file.ts';

const NAME_BYTES = 16;
/** Interfaces are renamed now and then: an old answer is asked for again after this. */
const STALE_MS = 5000;
/** What could not be found is not asked for again before this. */
const RETRY_MS = 500;
const LIBC = ['libc.so.6', `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`, 'libc.so'];

interface Known {
  readonly name: string | undefined;
  readonly at: number;
}

/** What is known of one namespace; `netns` tells whether its inode still means the same one. */
interface Place {
  readonly netns: Netns | undefined;
  readonly names: Map<number, Known>;
}

/** Interface names by (namespace inode, interface index), learned from inside the namespace. */
export class InterfaceNames {
  private readonly namespaces: NetnsNames;
  private readonly now: () => number;
  private readonly places = new Map<number, Place>();
  private readonly ownInode: number | undefined = netnsInodeOf('self');
  private libc: InterfaceCalls | undefined;

  constructor(namespaces: NetnsNames, now: () => number = () => performance.now()) {
    this.namespaces = namespaces;
    this.now = now;
  }

  /** undefined when the namespace cannot be entered, or the interface went before anyone asked. */
  nameOf(inode: number, index: number): string | undefined {
    const place = this.placeOf(inode);
    const found = place.names.get(index);
    if (found !== undefined && this.now() - found.at < waitOf(found)) return found.name;
    const name = this.inside(inode, place.netns, calls => calls.nameOf(index)) ?? found?.name;
    place.names.set(index, { name, at: this.now() });
    return name;
  }

  /** Learns all names of a namespace now, before one of its interfaces goes. */
  learn(inode: number): void {
    this.placeOf(inode);
  }

  private placeOf(inode: number): Place {
    const known = this.places.get(inode);
    const netns = this.namespaces.find(inode);
    if (known !== undefined && known.netns === netns) return known;
    const place: Place = { netns, names: new Map() };
    this.places.set(inode, place);
    this.readAll(inode, place);
    return place;
  }

  private readAll(inode: number, { netns, names }: Place): void {
    const at = this.now();
    this.inside(inode, netns, calls => {
      for (const name of deviceNames(readText('/proc/thread-self/net/dev') ?? ''))
        names.set(calls.indexOf(name), { name, at });
    });
  }

  private inside<T>(
    inode: number,
    netns: Netns | undefined,
    run: (calls: InterfaceCalls) => T,
  ): T | undefined {
    this.libc ??= interfaceCalls();
    const calls = this.libc;
    if (inode === this.ownInode) return run(calls);
    if (netns === undefined) return undefined;
    try {
      return inNamespace(netns.path, () => run(calls));
    } catch {
      return undefined;
    }
  }
}

function waitOf(known: Known): number {
  return known.name === undefined ? RETRY_MS : STALE_MS;
}

/** Interface names of /proc/net/dev, in its order. */
export function deviceNames(procNetDev: string): string[] {
  return [...procNetDev.matchAll(/^\s*([^\s:][^\s]*?):/gm)].map(found => found[1]!);
}

interface InterfaceCalls {
  nameOf(index: number): string | undefined;
  indexOf(name: string): number;
}

function interfaceCalls(): InterfaceCalls {
  const libc = dlopen(LIBC);
  if (libc === undefined) return { nameOf: () => undefined, indexOf: () => 0 };
  const toName = libc.func('void *if_indextoname(unsigned int index, _Out_ uint8_t *name)');
  const toIndex = libc.func('unsigned int if_nametoindex(const char *name)');
  const buffer = new Uint8Array(NAME_BYTES);
  return {
    nameOf: index => (toName(index, buffer) ? textOf(buffer) : undefined),
    indexOf: name => toIndex(name) as number,
  };
}

function textOf(buffer: Uint8Array): string {
  return Buffer.from(buffer.subarray(0, buffer.indexOf(0))).toString('utf8');
}
