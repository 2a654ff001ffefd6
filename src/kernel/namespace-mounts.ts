import { basename } from 'node:path';

/** A network namespace kept alive by a bind mount: `ip netns`, docker, CNI plugins, podman. */
export interface NamespaceMount {
  readonly inode: number;
  readonly path: string;
  readonly name: string;
}

/**
 * The "nsfs" lines of /proc/PID/mountinfo, which name every mounted namespace and its inode in one file:
 * `1010 24 0:4 net:[4026532199] /run/netns/blue rw shared:7 - nsfs nsfs rw`.
 */
export function parseNamespaceMounts(mountinfo: string): NamespaceMount[] {
  const mounts = new Map<string, NamespaceMount>();
  for (const line of mountinfo.split('\n')) {
    const [, , , root = '', at = ''] = line.split(' ', 5);
    const inode = inodeOf(root);
    if (inode === undefined) continue;
    const path = unescaped(at);
    mounts.set(path, { inode, path, name: basename(path) });
  }
  return [...mounts.values()];
}

/** The number in "net:[4026531840]"; undefined for other text. */
export function inodeOf(link: string): number | undefined {
  const found = /^net:\[(\d+)\]$/.exec(link);
  return found ? Number(found[1]) : undefined;
}

/** Space, tab, newline and backslash are written as \ooo there. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
