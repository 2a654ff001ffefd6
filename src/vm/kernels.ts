import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NetwhyError } from '../base/index.ts';
import { type Archive, DRAFT, download, type Say } from './apt.ts';
import { compareReleases, matches, newestVersion, packageOf } from './archive.ts';
import { cacheFolder, whileLocked } from './cache.ts';
import { outputOf } from './process.ts';
import { extractVmlinux } from './vmlinux.ts';

/** An unpacked kernel package. `release` is what uname -r says in it; the paths are absolute. */
export interface Kernel {
  readonly version: string;
  readonly release: string;
  readonly folder: string;
  /** The bare ELF image: boots through QEMU's PVH entry, quicker and without KASLR. */
  readonly vmlinux: string;
  readonly vmlinuz: string;
  /** Holds <release>/modules.dep and the rest. */
  readonly modules: string;
}

async function kernelIn(folder: string, version: string): Promise<Kernel> {
  const image = (await readdir(join(folder, 'boot'))).find(name => name.startsWith('vmlinuz-'));
  if (!image) throw new NetwhyError(`no boot/vmlinuz-* in ${folder}`, `remove ${folder} and try again`);
  return {
    version,
    release: image.slice('vmlinuz-'.length),
    folder,
    vmlinux: join(folder, 'vmlinux'),
    vmlinuz: join(folder, 'boot', image),
    modules: join(folder, 'lib/modules'),
  };
}

/** Kernels in the cache, oldest first. */
export async function cachedKernels(): Promise<Kernel[]> {
  const cache = cacheFolder();
  const names = (await readdir(cache))
    .filter(name => existsSync(join(cache, name, 'boot')))
    .sort(compareReleases);
  const whole = names.filter(name => !name.startsWith(DRAFT));
  return Promise.all(whole.map(name => kernelIn(join(cache, name), name)));
}

/** Unpacks a package so that depmod -b and the guest find lib/modules, also where Debian ships usr/lib/modules. */
async function unpack(deb: string, folder: string): Promise<void> {
  await outputOf(['dpkg-deb', '-x', deb, folder]);
  if (!existsSync(join(folder, 'lib/modules'))) {
    await mkdir(join(folder, 'lib'), { recursive: true });
    await symlink('../usr/lib/modules', join(folder, 'lib/modules'));
  }
}

async function prepare(folder: string, version: string): Promise<void> {
  const { release, vmlinuz, vmlinux } = await kernelIn(folder, version);
  await outputOf(['depmod', '-b', folder, release]);
  await writeFile(vmlinux, await extractVmlinux(await readFile(vmlinuz)));
}

/** Only whole kernels get their final name; what an interrupted run left behind is removed by the next. */
async function fetchKernel(version: string, archive: Archive, say: Say): Promise<void> {
  const cache = cacheFolder();
  for (const name of await readdir(cache)) {
    if (name.startsWith(DRAFT)) await rm(join(cache, name), { recursive: true, force: true });
  }
  const draft = await mkdtemp(join(cache, DRAFT));
  try {
    const deb = await download(packageOf(version), draft, archive, say);
    say('unpacking');
    await unpack(deb, join(draft, 'kernel'));
    await prepare(join(draft, 'kernel'), version);
    await rename(join(draft, 'kernel'), join(cache, version));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function newestCached(wanted: string): Promise<Kernel | undefined> {
  return (await cachedKernels()).findLast(({ version }) => matches(wanted, version));
}

/**
 * The newest cached kernel of what the user named ("6.1", "6.12", "6.12.117"), downloaded when there is none.
 * `update` asks the archive for a newer one first.
 */
export async function provideKernel(
  wanted: string,
  { say, update = false }: { readonly say: Say; readonly update?: boolean },
): Promise<Kernel> {
  if (!/^\d+\.\d+[\w.+-]*$/.test(wanted)) {
    throw new NetwhyError(
      `not a kernel version: ${wanted}`,
      'a series such as 6.1 or 6.12, or a full version',
    );
  }
  const cached = update ? undefined : await newestCached(wanted);
  return cached ?? whileLocked(cacheFolder(), () => fetchNewest(wanted, say, update));
}

async function fetchNewest(wanted: string, say: Say, update: boolean): Promise<Kernel> {
  // Another process may have fetched it while this one waited for the lock.
  const cached = await newestCached(wanted);
  if (cached && !update) return cached;
  const { version, archive } = await newestVersion(wanted, say);
  if (cached?.version !== version) await fetchKernel(version, archive, say);
  const kernel = await newestCached(wanted);
  if (!kernel) throw new NetwhyError(`kernel ${version} did not arrive in the cache`);
  return kernel;
}
