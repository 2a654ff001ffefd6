import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Say, unpacked } from './apt.ts';
import { cacheFolder, whileLocked } from './cache.ts';
import { type CpioEntry, cpioOf } from './cpio.ts';
import {
  APPLETS,
  commandOf,
  type GuestPlan,
  INIT,
  type RootShare,
  STAGE2,
  settingsOf,
  sharesOf,
} from './guest.ts';
import type { Kernel } from './kernels.ts';
import { loadOrder, moduleBytes } from './modules.ts';

const ALWAYS = ['virtio_pci', 'virtio_console', 'virtio_rng', 'overlay', '9pnet_virtio', '9p'];
const FOR_ROOT: Readonly<Record<RootShare, readonly string[]>> = { '9p': [], virtiofs: ['virtiofs'] };
const FOLDERS = ['bin', 'dev', 'proc', 'sys', 'lower', 'writes', 'root', 'modules'];
const INTERPRETER_SEGMENT = 3;

async function modulePaths(kernel: Kernel, root: RootShare): Promise<string[]> {
  const folder = join(kernel.modules, kernel.release);
  const [dep, builtin] = await Promise.all(
    ['modules.dep', 'modules.builtin'].map(name => readFile(join(folder, name), 'utf8')),
  );
  return loadOrder(dep ?? '', builtin ?? '', [...ALWAYS, ...FOR_ROOT[root]]);
}

function plainName(path: string): string {
  return basename(path).replace(/\.(xz|zst|gz)$/, '');
}

/** The module files that give the guest its root and its ports, in the order to insert them. */
export async function insertOrder(kernel: Kernel, root: RootShare): Promise<string[]> {
  return (await modulePaths(kernel, root)).map(plainName);
}

/** Is this ELF program independent of a dynamic loader? */
export function isStatic(elf: Buffer): boolean {
  const [at, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
  for (let i = 0; i < count; i++) if (elf.readUInt32LE(at + i * size) === INTERPRETER_SEGMENT) return false;
  return true;
}

async function fetchBusybox(target: string, say: Say): Promise<Buffer> {
  await unpacked('busybox-static', say, async folder => {
    const found = ['bin/busybox', 'usr/bin/busybox'].map(path => join(folder, path)).find(existsSync);
    await rename(found ?? '', target);
  });
  return readFile(target);
}

/** A static busybox: the machine's own, else the package's, kept in the cache and not installed. */
async function busybox(say: Say): Promise<Buffer> {
  const kept = join(cacheFolder(), 'busybox');
  for (const path of ['/bin/busybox', '/usr/bin/busybox', kept]) {
    const program = await readFile(path).catch(() => undefined);
    if (program && isStatic(program)) return program;
  }
  return whileLocked(cacheFolder(), () => fetchBusybox(kept, say));
}

async function baseEntries(kernel: Kernel, shell: Buffer): Promise<CpioEntry[]> {
  const paths = new Set([...(await modulePaths(kernel, '9p')), ...(await modulePaths(kernel, 'virtiofs'))]);
  const folder = join(kernel.modules, kernel.release);
  const modules = await Promise.all(
    [...paths].map(async (path): Promise<CpioEntry> => {
      return { kind: 'file', path: `modules/${plainName(path)}`, data: await moduleBytes(folder, path) };
    }),
  );
  return [
    ...FOLDERS.map((path): CpioEntry => ({ kind: 'directory', path })),
    { kind: 'character-device', path: 'dev/console', major: 5, minor: 1 },
    { kind: 'file', path: 'bin/busybox', data: shell, executable: true },
    ...APPLETS.map((name): CpioEntry => ({ kind: 'symlink', path: `bin/${name}`, target: 'busybox' })),
    { kind: 'file', path: 'init', data: Buffer.from(INIT), executable: true },
    ...modules,
  ];
}

/** The part of the initramfs that is the same for every run of a kernel, kept beside the kernel. */
async function baseArchive(kernel: Kernel, say: Say): Promise<Buffer> {
  const shell = await busybox(say);
  const recipe = createHash('sha256')
    .update(shell)
    .update(INIT)
    .update(JSON.stringify([ALWAYS, FOR_ROOT, APPLETS, FOLDERS]));
  const file = join(kernel.folder, `base-${recipe.digest('hex').slice(0, 16)}.cpio`);
  if (existsSync(file)) return readFile(file);
  const archive = cpioOf(await baseEntries(kernel, shell));
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, archive);
  await rename(draft, file);
  return archive;
}

function planArchive(plan: GuestPlan, stdin: Uint8Array): Buffer {
  const texts = {
    settings: settingsOf(plan),
    shares: sharesOf(plan),
    command: commandOf(plan),
    stage2: STAGE2,
  };
  return cpioOf([
    { kind: 'directory', path: 'plan' },
    { kind: 'file', path: 'plan/stdin', data: stdin },
    ...Object.entries(texts).map(([name, text]): CpioEntry => {
      return { kind: 'file', path: `plan/${name}`, data: Buffer.from(text) };
    }),
  ]);
}

/** The whole initramfs of one run: two archives one after the other, which the kernel unpacks in turn. */
export async function initramfsOf(
  kernel: Kernel,
  plan: GuestPlan,
  { stdin, say }: { readonly stdin: Uint8Array; readonly say: Say },
): Promise<Buffer> {
  return Buffer.concat([await baseArchive(kernel, say), planArchive(plan, stdin)]);
}
