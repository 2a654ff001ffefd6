import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { outputOf } from './process.ts';
import { VmUnavailable } from './unavailable.ts';

/** What a run needs from the distribution: program → package. */
const TOOLS: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  depmod: 'kmod',
  xz: 'xz-utils',
  zstd: 'zstd',
  gzip: 'gzip',
  flock: 'util-linux',
  setpriv: 'util-linux',
  'dpkg-deb': 'dpkg',
  'apt-get': 'apt',
  'apt-cache': 'apt',
};
const ADMIN_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Adds the administrators' folders to PATH, which users' shells leave out. */
export function widenPath(): void {
  const folders = (process.env.PATH ?? '').split(delimiter);
  process.env.PATH = [...folders, ...ADMIN_FOLDERS.filter(folder => !folders.includes(folder))].join(
    delimiter,
  );
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => existsSync(join(folder, program)));
}

async function install(packages: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = ['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=120'];
  const command = [...apt, 'install', '-y', '--no-install-recommends', ...packages];
  await outputOf(command, { env }).catch(async () => {
    await outputOf([...apt, 'update'], { env });
    await outputOf(command, { env });
  });
}

/** Installs the missing programs where that is possible (Debian-like, root); else says which packages to install. */
export async function ensureTools(say: (line: string) => void): Promise<void> {
  if (process.arch !== 'x64')
    throw new VmUnavailable(`the VM runner needs an x86-64 machine; this one is ${process.arch}`);
  widenPath();
  const missing = Object.keys(TOOLS).filter(program => !isInstalled(program));
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map(program => TOOLS[program] ?? program))];
  if (!isInstalled('apt-get') || process.getuid?.() !== 0) {
    throw new VmUnavailable(
      `missing: ${missing.join(', ')}`,
      `as root: apt-get install ${packages.join(' ')}`,
    );
  }
  say(`installing ${packages.join(' ')} (apt-get)`);
  await install(packages);
}
