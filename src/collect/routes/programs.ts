import { closeSync, openSync } from 'node:fs';
import { ATTACH_TYPES } from '../../abi/index.ts';
import { errnoName, isUnavailable, type Unavailable, unavailable } from '../../base/index.ts';
import { readText, readTrimmed } from '../../kernel/index.ts';
import { Attr, tryBpf } from '../../sys/index.ts';
import { inside, runInside } from '../inside.ts';
import { type Place, type Read, readingOf } from '../reading.ts';

/** Programs and filters that may drop packets at an interface. */
export interface DevicePrograms {
  /** As tc prints them, one per filter; BPF programs attached by tcx as "tcx program 17". [] none. */
  readonly ingress: readonly string[];
  readonly egress: readonly string[];
}

/** tc filters and tcx programs of an interface. Unavailable without tc(8). */
export function devicePrograms(place: Place, ifname: string, ifindex: number): Read<DevicePrograms> {
  const sides = (['ingress', 'egress'] as const).map(side => filtersOf(place, ifname, ifindex, side));
  const missing = sides.find((one): one is Unavailable => isUnavailable(one));
  if (missing !== undefined) return missing;
  const [ingress, egress] = sides as [string[], string[]];
  return readingOf(place, `tc filter show dev ${ifname} ingress, egress`, { ingress, egress });
}

function filtersOf(
  place: Place,
  ifname: string,
  ifindex: number,
  side: 'ingress' | 'egress',
): string[] | Unavailable {
  const text = runInside(place, 'tc', ['filter', 'show', 'dev', ifname, side]);
  const found = isUnavailable(text) && /Parent Qdisc|doesn't exist|not found/i.test(text.why) ? '' : text;
  if (isUnavailable(found)) return found;
  const attach = side === 'ingress' ? ATTACH_TYPES.tcx_ingress : ATTACH_TYPES.tcx_egress;
  const ids = inside(place, () => query(ifindex, attach, 0));
  // Before 6.6 there is no tcx, and the question is refused.
  return [...parseFilters(found), ...(Array.isArray(ids) ? ids.map(id => `tcx program ${id}`) : [])];
}

/** Filters of `tc filter show`: lines that start with "filter" and name what they do; the others belong to them. */
export function parseFilters(text: string): string[] {
  const filters: string[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    if (line.startsWith('filter ')) filters.push(line.trim());
    else if (filters.length > 0) filters.push(`${filters.pop()} ${line.trim()}`);
  }
  // A kind's first line announces it and says nothing yet.
  return filters.filter(filter => /handle|flowid|action|classid|direct-action/.test(filter));
}

/** BPF programs over the sockets of a process: those of its cgroup and of all above it. */
export interface CgroupPrograms {
  readonly cgroup: string;
  /** Program ids. */
  readonly ingress: readonly number[];
  readonly egress: readonly number[];
}

const EFFECTIVE = 1;

/** Needs cgroup v2 and CAP_NET_ADMIN. */
export function cgroupPrograms(place: Place, pid: number): Read<CgroupPrograms> {
  const root = cgroupMount();
  const path = /^0::(\/.*)$/m.exec(readText(`/proc/${pid}/cgroup`) ?? '')?.[1];
  if (root === undefined || path === undefined)
    return unavailable(
      'cgroup programs',
      'no cgroup v2 is mounted here, or the process is gone',
      'bpftool cgroup tree lists them where there are any',
    );
  const [ingress, egress] = [ATTACH_TYPES.cgroup_inet_ingress, ATTACH_TYPES.cgroup_inet_egress].map(attach =>
    cgroupQuery(`${root}${path}`, attach),
  );
  if (
    typeof ingress === 'string' ||
    typeof egress === 'string' ||
    ingress === undefined ||
    egress === undefined
  )
    return unavailable('cgroup programs', `they cannot be asked for: ${ingress}`, 'run as root');
  return readingOf(place, `bpf(PROG_QUERY) of ${root}${path}`, { cgroup: path, ingress, egress });
}

function cgroupMount(): string | undefined {
  const mounts = readTrimmed('/proc/self/mounts') ?? '';
  return /^\S+ (\S+) cgroup2 /m.exec(mounts)?.[1];
}

function cgroupQuery(path: string, attach: number): number[] | string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    return (error as Error).message;
  }
  try {
    return query(fd, attach, EFFECTIVE);
  } finally {
    closeSync(fd);
  }
}

const MOST = 64;
const AT = { target: 0, attach: 4, flags: 8, ids: 16, count: 24 } as const;
const ATTR_BYTES = 64;

/** Ids of the programs attached to a cgroup (by descriptor) or device (by index); the error's name when refused. */
function query(target: number, attach: number, flags: number): number[] | string {
  const ids = new Uint8Array(MOST * 4);
  const attr = new Attr(ATTR_BYTES)
    .u32(AT.target, target)
    .u32(AT.attach, attach)
    .u32(AT.flags, flags)
    .pointer(AT.ids, ids)
    .u32(AT.count, MOST);
  const result = tryBpf('prog_query', attr.bytes);
  if (result < 0) return errnoName(-result);
  const view = new DataView(ids.buffer);
  return Array.from({ length: attr.readU32(AT.count) }, (_, at) => view.getUint32(at * 4, true));
}
