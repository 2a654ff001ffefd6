import { type Archive, debianArchive, ownArchive, packageNames, type Say, update } from './apt.ts';
import { VmUnavailable } from './unavailable.ts';

const PACKAGE = /^linux-image-(\d[\w.+-]*)-amd64-unsigned$/;
const FLAVOURS = /-(cloud|rt)$/;

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
export function versionsIn(names: readonly string[]): string[] {
  const versions = names.flatMap(name => PACKAGE.exec(name)?.[1] ?? []);
  return versions.filter(version => !FLAVOURS.test(version)).sort(compareReleases);
}

/** The package that holds one version's image and modules. */
export function packageOf(version: string): string {
  return `linux-image-${version}-amd64-unsigned`;
}

/** Kernel versions that an archive offers, oldest first. */
export interface Offer {
  readonly archive: Archive;
  readonly versions: readonly string[];
}

async function offerOf(archive: Archive, say: Say): Promise<Offer> {
  const names = (): Promise<string[]> => packageNames('^linux-image-[0-9].*-amd64-unsigned$', archive);
  const versions = versionsIn(await names());
  if (versions.length > 0 || !archive.canUpdate) return { archive, versions };
  await update(archive, say);
  return { archive, versions: versionsIn(await names()) };
}

/** What is on offer: this machine's archive, and Debian's when that one has not got what is wanted. */
export async function offers(say: Say, isEnough: (offer: Offer) => boolean = () => false): Promise<Offer[]> {
  const own = await offerOf(await ownArchive(), say);
  return isEnough(own) ? [own] : [own, await offerOf(await debianArchive(say), say)];
}

/** The newest offered version of what the user named; says what there is instead when there is none. */
export async function newestVersion(
  wanted: string,
  say: Say,
): Promise<{ readonly version: string; readonly archive: Archive }> {
  const newestIn = ({ versions }: Offer): string | undefined =>
    versions.findLast(version => matches(wanted, version));
  const all = await offers(say, offer => newestIn(offer) !== undefined);
  for (const offer of all) {
    const version = newestIn(offer);
    if (version) return { version, archive: offer.archive };
  }
  const titles = all.map(({ archive }) => archive.title).join(' nor ');
  const series = all.flatMap(({ versions }) =>
    versions.map(version => numbersOf(version).slice(0, 2).join('.')),
  );
  throw new VmUnavailable(
    `neither ${titles} has linux-image-${wanted}…-amd64-unsigned`,
    `there are: ${[...new Set(series)].join(', ')}`,
  );
}
