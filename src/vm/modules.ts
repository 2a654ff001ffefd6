import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { NetwhyError } from '../base/index.ts';
import { outputOf } from './process.ts';

/** "kernel/fs/9p/9p.ko.xz" is module "9p"; the kernel treats - and _ in names alike. */
function nameOf(path: string): string {
  return basename(path)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}

/** modules.dep as a map: module name → its own path, then the paths it needs, nearest first. */
function dependencies(modulesDep: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const line of modulesDep.split('\n')) {
    const [path, needs = ''] = line.split(': ').map(part => part.replace(/:$/, ''));
    if (path) found.set(nameOf(path), [path, ...needs.split(' ').filter(Boolean)]);
  }
  return found;
}

/**
 * The module files to insert, in an order that works, for the modules wanted. What modules.builtin names is in
 * the kernel already; a name in neither list throws.
 */
export function loadOrder(modulesDep: string, modulesBuiltin: string, wanted: readonly string[]): string[] {
  const known = dependencies(modulesDep);
  const builtin = new Set(modulesBuiltin.split('\n').map(nameOf));
  const order: string[] = [];
  for (const name of wanted.map(nameOf)) {
    const paths = known.get(name);
    if (!paths && !builtin.has(name)) throw new NetwhyError(`this kernel has no module ${name}`);
    for (const path of [...(paths ?? [])].reverse()) if (!order.includes(path)) order.push(path);
  }
  return order;
}

const DECOMPRESSOR: Readonly<Record<string, readonly string[]>> = {
  xz: ['xz', '-dc'],
  zst: ['zstd', '-dcq'],
  gz: ['gzip', '-dc'],
};

/** A module's plain ELF bytes: busybox insmod takes no compressed ones. */
export async function moduleBytes(folder: string, path: string): Promise<Buffer> {
  const file = join(folder, path);
  const suffix = /\.ko\.(\w+)$/.exec(path)?.[1];
  if (!suffix) return readFile(file);
  const command = DECOMPRESSOR[suffix];
  if (!command) throw new NetwhyError(`unknown module compression: ${path}`);
  return outputOf([...command, file]);
}
