import { isUnavailable, type Unavailable, unavailable } from '../../base/index.ts';
import { namesIn, readText, readTrimmed } from '../../kernel/index.ts';
import { inside } from '../inside.ts';
import { type Place, type Read, type Reading, readingOf } from '../reading.ts';
import { type ConntrackStat, parseConntrackStat } from './stat.ts';

/** The connection table of one namespace. */
export interface ConntrackState {
  readonly count: number;
  /** One number for all namespaces, compared with each one's own count; 0: no limit. */
  readonly max: number;
  readonly buckets: number | null;
  /** null when the kernel lacks CONFIG_NF_CONNTRACK_PROCFS. */
  readonly stat: ConntrackStat | null;
  /** Every net.netfilter.nf_conntrack_* that is a number, without that prefix: "tcp_be_liberal", "udp_timeout". */
  readonly sysctls: Readonly<Record<string, number>>;
}

const DIRECTORY = '/proc/sys/net/netfilter';
const PREFIX = 'nf_conntrack_';
const STAT = '/proc/net/stat/nf_conntrack';

/** Count, limit, counters and settings; Unavailable when nothing is tracked here. Under a millisecond. */
export function conntrackState(place: Place): Read<ConntrackState> {
  const state = inside(place, readHere);
  return isUnavailable(state) ? state : readingOf(place, `${STAT}, ${DIRECTORY}/${PREFIX}*`, state);
}

function readHere(): ConntrackState | Unavailable {
  const sysctls = readSysctls();
  const { count, max } = sysctls;
  if (count === undefined || max === undefined)
    return unavailable(
      'conntrack',
      'nf_conntrack is not loaded: no connection is tracked here',
      'nothing to do; a rule with ct state or NAT would load it',
    );
  const stat = parseConntrackStat(readText('/proc/thread-self/net/stat/nf_conntrack') ?? '') ?? null;
  return { count, max, buckets: sysctls.buckets ?? null, stat, sysctls };
}

function readSysctls(): Record<string, number> {
  const rows = namesIn(DIRECTORY)
    .filter(name => name.startsWith(PREFIX))
    .map(name => [name.slice(PREFIX.length), Number(readTrimmed(`${DIRECTORY}/${name}`) ?? 'none')] as const)
    .filter(([, value]) => !Number.isNaN(value));
  return Object.fromEntries(rows);
}

/** How full the table is, 0 to 1; 0 when it has no limit. */
export function fillOf({ count, max }: Pick<ConntrackState, 'count' | 'max'>): number {
  return max > 0 ? count / max : 0;
}

/** The readings of many namespaces, and why there is none for the others. */
export function conntrackStates(places: readonly Place[]): {
  readonly states: readonly Reading<ConntrackState>[];
  readonly missing: readonly Unavailable[];
} {
  const all = places.map(place => conntrackState(place));
  return {
    states: all.filter((one): one is Reading<ConntrackState> => !isUnavailable(one)),
    missing: all.filter(isUnavailable),
  };
}
