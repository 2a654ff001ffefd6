import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { ATTACH_TYPES } from '../../abi/index.ts';
import { readText } from '../../kernel/index.ts';
import { Attr, tryBpf } from '../../sys/index.ts';

const MOST = 64;
const ATTR_BYTES = 64;
const AT = { target: 0, attach: 4, ids: 16, count: 24 } as const;

/** The control group, its own or one above, that a program is attached to: as a path that bpftool takes. */
export function attachedAt(pid: number, egress: boolean, id: number): string | undefined {
  const root = /^\S+ (\S+) cgroup2 /m.exec(readText('/proc/self/mounts') ?? '')?.[1];
  const own = /^0::(\/.*)$/m.exec(readText(`/proc/${pid}/cgroup`) ?? '')?.[1];
  if (root === undefined || own === undefined) return undefined;
  const attach = egress ? ATTACH_TYPES.cgroup_inet_egress : ATTACH_TYPES.cgroup_inet_ingress;
  for (let path = own; ; path = dirname(path)) {
    const full = `${root}${path}`.replace(/\/$/, '');
    if (programsAt(full, attach).includes(id)) return full;
    if (path === '/') return undefined;
  }
}

function programsAt(path: string, attach: number): number[] {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return [];
  }
  try {
    const ids = new Uint8Array(MOST * 4);
    const attr = new Attr(ATTR_BYTES)
      .u32(AT.target, fd)
      .u32(AT.attach, attach)
      .pointer(AT.ids, ids)
      .u32(AT.count, MOST);
    if (tryBpf('prog_query', attr.bytes) < 0) return [];
    const view = new DataView(ids.buffer);
    return Array.from({ length: attr.readU32(AT.count) }, (_, at) => view.getUint32(at * 4, true));
  } finally {
    closeSync(fd);
  }
}
