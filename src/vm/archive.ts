import { readFile } from 'node:fs/promises';
import { outputOf, runVisibly } from './process.ts';
import { VmUnavailable } from './unavailable.ts';

const PACKAGE = /^linux-image-(\d[\w.+-]*)-amd64-unsigned$/;
const FLAVOURS = /-(cloud|rt)$/;
const APT_ENV: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };

/** "6.12.117+deb12" → [6, 12, 117, 12]: newer packages have greater numbers, left to right. */
function numbersOf(version: string): number[] {
  return (version.match(/\d+/g) ?? []).map(Number);
}

/** Below 0 when `a` is older than `b`. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Does a kernel's version belong to what the user named: "6.1" has 6.1.0-56 in it, not 6.12.117? */
export function matches(wanted: string, version: string): boolean {
  return version === wanted || (version.startsWith(wanted) && /[.+-]/.test(version[wanted.length] ?? ''));
}

/** The kernel versions among package names ("linux-image-6.1.0-56-amd64-unsigned" → "6.1.0-56"), oldest first. */
export function versionsIn(packageNames: readonly string[]): string[] {
  const versions = packageNames.flatMap(name => PACKAGE.exec(name)?.[1] ?? []);
  return versions.filter(version => !FLAVOURS.test(version)).sort(compareReleases);
}

/** The package that holds one version's image and modules. */
export function packageOf(version: string): string {
  return `linux-image-${version}-amd64-unsigned`;
}

async function packageNames(): Promise<string[]> {
  const text = await outputOf(
    ['apt-cache', 'search', '--names-only', '^linux-image-[0-9].*-amd64-unsigned$'],
    {
      env: APT_ENV,
    },
  );
  return text
    .toString()
    .split('\n')
    .map(line => line.split(' ')[0] ?? '');
}

async function updateLists(say: (line: string) => void): Promise<void> {
  if (process.getuid?.() !== 0) return;
  say('asking the package archive what there is (apt-get update)');
  await outputOf(['apt-get', '-qq', 'update'], { env: APT_ENV });
}

/** Kernel versions the archive offers, oldest first; empty where packages have other names. */
export async function offeredVersions(say: (line: string) => void): Promise<string[]> {
  const versions = versionsIn(await packageNames());
  if (versions.length > 0) return versions;
  await updateLists(say);
  return versionsIn(await packageNames());
}

async function distributionName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? 'this distribution';
}

/** The newest offered version of what the user named; says what there is instead when there is none. */
export async function newestVersion(wanted: string, say: (line: string) => void): Promise<string> {
  const offered = await offeredVersions(say);
  const newest = offered.findLast(version => matches(wanted, version));
  if (newest) return newest;
  const series = [...new Set(offered.map(version => numbersOf(version).slice(0, 2).join('.')))];
  throw new VmUnavailable(
    `the package archive of ${await distributionName()} has no linux-image-${wanted}…-amd64-unsigned`,
    series.length > 0
      ? `it has: ${series.join(', ')}`
      : "Debian's kernel packages are needed; other distributions name theirs differently",
  );
}

async function sizeOf(name: string): Promise<string> {
  const text = await outputOf(['apt-cache', 'show', '--no-all-versions', name], { env: APT_ENV });
  const bytes = /^Size: (\d+)/m.exec(text.toString())?.[1];
  return bytes ? `${Math.round(Number(bytes) / 1e6)} MB` : 'unknown size';
}

/** Downloads a package into a folder; apt checks it against the signed lists. */
export async function download(name: string, folder: string, say: (line: string) => void): Promise<void> {
  const command = ['apt-get', '-o', 'APT::Sandbox::User=root', 'download', name];
  const fetch = async (): Promise<void> => {
    say(`downloading ${name} (${await sizeOf(name)})`);
    if (process.stderr.isTTY) await runVisibly(command, { cwd: folder, env: APT_ENV });
    else await outputOf(command, { cwd: folder, env: APT_ENV });
  };
  // Packages replaced since the lists were read are gone from the archive: read the lists again, once.
  await fetch().catch(async error => {
    if (process.getuid?.() !== 0) throw error;
    await updateLists(say);
    await fetch();
  });
}
