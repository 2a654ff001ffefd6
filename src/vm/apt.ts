import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NetwhyError } from '../base/index.ts';
import { cacheFolder } from './cache.ts';
import { outputOf, runVisibly } from './process.ts';

/** A package archive: the options with which apt looks into it and nowhere else. */
export interface Archive {
  readonly title: string;
  readonly options: readonly string[];
  /** May its lists be read anew? The machine's own only by root. */
  readonly canUpdate: boolean;
}

export type Say = (line: string) => void;

const ENV: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
// Our folders are closed to the user _apt, whom root's apt would download as.
const AS_OURSELVES = ['-o', 'APT::Sandbox::User=root'];
const KEYRINGS = ['gpg', 'pgp'].map(suffix => `/usr/share/keyrings/debian-archive-keyring.${suffix}`);
const SECURITY = 'http://deb.debian.org/debian-security bookworm-security main';

async function distributionName(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? 'this distribution';
}

/** What this machine installs from. */
export async function ownArchive(): Promise<Archive> {
  return { title: await distributionName(), options: [], canUpdate: process.getuid?.() === 0 };
}

/** Debian's signing keys: the machine's, else those of the package, which Ubuntu has too. */
async function keyring(say: Say): Promise<string> {
  const kept = join(cacheFolder(), 'debian-archive-keyring.gpg');
  const found = [...KEYRINGS, kept].find(existsSync);
  if (found) return found;
  await unpacked('debian-archive-keyring', say, async folder => {
    const unpackedAt = KEYRINGS.map(path => join(folder, path)).find(existsSync);
    await copyFile(unpackedAt ?? '', kept);
  });
  return kept;
}

/**
 * Debian 12's security archive, with lists of its own below our cache: it has 6.1 and 6.12, on any machine with apt.
 * Nothing of the machine's package management is changed.
 */
export async function debianArchive(say: Say): Promise<Archive> {
  const folder = join(cacheFolder(), 'apt');
  await mkdir(join(folder, 'lists/partial'), { recursive: true });
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  await writeFile(
    join(folder, 'sources.list'),
    `deb [arch=amd64 signed-by=${await keyring(say)}] ${SECURITY}\n`,
  );
  const settings = {
    'Dir::State': folder,
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'APT::Architecture': 'amd64',
    'APT::Architectures': 'amd64',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return { title: "Debian 12's security archive", options, canUpdate: true };
}

/** Reads an archive's lists anew. */
export async function update({ options, title }: Archive, say: Say): Promise<void> {
  say(`asking what ${title} has (apt-get update)`);
  await outputOf(['apt-get', '-qq', ...AS_OURSELVES, ...options, 'update'], { env: ENV });
}

/** Names of packages that match an extended regular expression. */
export async function packageNames(pattern: string, { options }: Archive): Promise<string[]> {
  const text = await outputOf(['apt-cache', ...options, 'search', '--names-only', pattern], { env: ENV });
  return text
    .toString()
    .split('\n')
    .map(line => line.split(' ')[0] ?? '');
}

async function sizeOf(name: string, { options }: Archive): Promise<string> {
  const text = await outputOf(['apt-cache', ...options, 'show', '--no-all-versions', name], { env: ENV });
  const bytes = /^Size: (\d+)/m.exec(text.toString())?.[1];
  return bytes ? `${Math.round(Number(bytes) / 1e6)} MB` : 'unknown size';
}

async function fetch(name: string, folder: string, archive: Archive, say: Say): Promise<void> {
  say(`downloading ${name} (${await sizeOf(name, archive)})`);
  const command = ['apt-get', ...AS_OURSELVES, ...archive.options, 'download', name];
  await (process.stderr.isTTY ? runVisibly : outputOf)(command, { cwd: folder, env: ENV });
}

/** Downloads a package into a folder and answers with its path; apt checks it against the signed lists. */
export async function download(name: string, folder: string, archive: Archive, say: Say): Promise<string> {
  // Packages replaced since the lists were read are gone from the archive: read the lists again, once.
  await fetch(name, folder, archive, say).catch(async error => {
    if (!archive.canUpdate) throw error;
    await update(archive, say);
    await fetch(name, folder, archive, say);
  });
  const deb = (await readdir(folder)).find(file => file.endsWith('.deb'));
  if (!deb) throw new NetwhyError(`apt-get download ${name} left no file`);
  return join(folder, deb);
}

/** Folders with this beginning are drafts: of a run that is under way, or that was cut short. */
export const DRAFT = 'unpacking-';

/** Does something with the contents of a package of this machine's archive, which is not installed. */
export async function unpacked(
  name: string,
  say: Say,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const draft = await mkdtemp(join(cacheFolder(), DRAFT));
  try {
    const deb = await download(name, draft, await ownArchive(), say);
    await outputOf(['dpkg-deb', '-x', deb, join(draft, 'contents')]);
    await use(join(draft, 'contents'));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
