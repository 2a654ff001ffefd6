/** One member of an archive. Parent directories must come before what is in them: the kernel does not make them. */
export type CpioEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly data: Uint8Array; readonly executable?: boolean }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'character-device';
      readonly path: string;
      readonly major: number;
      readonly minor: number;
    };

const MAGIC = '070701';
const TYPE_AND_MODE = {
  directory: 0o040755,
  file: 0o100644,
  symlink: 0o120777,
  'character-device': 0o020600,
} as const;

function padded(length: number): number {
  return (length + 3) & ~3;
}

function dataOf(entry: CpioEntry): Uint8Array {
  if (entry.kind === 'file') return entry.data;
  return Buffer.from(entry.kind === 'symlink' ? entry.target : '');
}

function modeOf(entry: CpioEntry): number {
  return entry.kind === 'file' && entry.executable ? 0o100755 : TYPE_AND_MODE[entry.kind];
}

function headerOf(fields: readonly number[]): string {
  return MAGIC + fields.map(field => field.toString(16).padStart(8, '0')).join('');
}

function memberOf(
  inode: number,
  mode: number,
  path: string,
  data: Uint8Array,
  rdev: readonly number[],
): Buffer {
  const name = Buffer.from(`${path}\0`);
  const links = mode >> 12 === 4 ? 2 : 1;
  const header = Buffer.from(
    headerOf([inode, mode, 0, 0, links, 0, data.length, 0, 0, ...rdev, name.length, 0]),
  );
  const dataAt = padded(header.length + name.length);
  const out = Buffer.alloc(dataAt + padded(data.length));
  out.set(header, 0);
  out.set(name, header.length);
  out.set(data, dataAt);
  return out;
}

/** A "newc" archive, owned by root, with no times in it: equal entries give equal bytes. */
export function cpioOf(entries: readonly CpioEntry[]): Buffer {
  const members = entries.map((entry, i) => {
    const rdev = entry.kind === 'character-device' ? [entry.major, entry.minor] : [0, 0];
    return memberOf(i + 1, modeOf(entry), entry.path, dataOf(entry), rdev);
  });
  return Buffer.concat([...members, memberOf(0, 0, 'TRAILER!!!', new Uint8Array(), [0, 0])]);
}
