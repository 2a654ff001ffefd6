import { isUnavailable, type Unavailable } from '../../base/index.ts';
import { requireTool, runTool } from '../../kernel/index.ts';
import { inside } from '../inside.ts';
import { type Place, type Read, readingOf } from '../reading.ts';

/** A packet to find the route of. */
export interface RouteQuestion {
  readonly dst: string;
  readonly src?: string;
  /** Interface it came in by: asks as for a packet that is received. */
  readonly iif?: string;
  readonly oif?: string;
  readonly mark?: number;
  readonly protocol?: 'tcp' | 'udp' | 'icmp' | 'ipv6-icmp' | 'sctp';
  readonly sport?: number;
  readonly dport?: number;
}

/** `unicast` for a plain route; `none`: the lookup found nothing. */
export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'multicast'
  | 'anycast'
  | 'blackhole'
  | 'prohibit'
  | 'unreachable'
  | 'none'
  /** The source is not one that may come in by that interface (EXDEV). */
  | 'refused';

export interface Route {
  readonly type: RouteType;
  readonly ifname: string | null;
  readonly gateway: string | null;
  /** Address that this host would send from. */
  readonly prefsrc: string | null;
  readonly table: string | null;
  readonly mtu: number | null;
  /** What `ip route get` said. */
  readonly text: string;
}

/** What the lookup's error says about the route that it met (include/uapi/asm-generic/errno.h, net/ipv4/fib_semantics.c). */
const ERRORS: readonly (readonly [RegExp, RouteType])[] = [
  [/Network is unreachable/, 'none'],
  [/No route to host/, 'unreachable'],
  [/Permission denied/, 'prohibit'],
  [/Invalid argument/, 'blackhole'],
  [/cross-device/, 'refused'],
];

/** The route that the packet would take now, policy rules and mark included. Unavailable without ip(8). */
export function routeOf(place: Place, question: RouteQuestion): Read<Route> {
  const args = ['-o', 'route', 'get', ...words(question)];
  const program = requireTool('ip');
  if (isUnavailable(program)) return program;
  const result = inside(place, () => runTool(program, args));
  if (isUnavailable(result)) return result;
  const source = `ip ${args.join(' ')}`;
  if (result.code === 0) return readingOf(place, source, parseRoute(result.stdout));
  return refusedRoute(result.stderr, source, place);
}

function words({ dst, src, iif, oif, mark, protocol, sport, dport }: RouteQuestion): string[] {
  return [
    dst,
    ...(src === undefined ? [] : ['from', src]),
    ...(iif === undefined ? [] : ['iif', iif]),
    ...(oif === undefined ? [] : ['oif', oif]),
    ...(mark === undefined || mark === 0 ? [] : ['mark', String(mark)]),
    ...(protocol === undefined ? [] : ['ipproto', protocol]),
    ...(sport === undefined ? [] : ['sport', String(sport)]),
    ...(dport === undefined ? [] : ['dport', String(dport)]),
  ];
}

function refusedRoute(stderr: string, source: string, place: Place): Read<Route> {
  const said = stderr.split('\n').find(line => /RTNETLINK|Error/.test(line)) ?? stderr.trim();
  const type = ERRORS.find(([form]) => form.test(said))?.[1];
  const nothing = { ifname: null, gateway: null, prefsrc: null, table: null, mtu: null };
  if (type !== undefined) return readingOf(place, source, { type, ...nothing, text: said });
  return { kind: 'unavailable', what: source, why: said, instead: 'run it by hand' } satisfies Unavailable;
}

const TYPES: ReadonlySet<string> = new Set([
  'local',
  'broadcast',
  'multicast',
  'anycast',
  'blackhole',
  'prohibit',
  'unreachable',
]);

/** A line of `ip -o route get`: words and their values, the type first unless it is a plain route. */
export function parseRoute(output: string): Route {
  const text = (output.split('\n')[0] ?? '').replace(/\\?\s+cache\b.*$/, '').trim();
  const parts = text.split(/\s+/);
  const after = (word: string): string | null => {
    const at = parts.indexOf(word);
    return at < 0 ? null : (parts[at + 1] ?? null);
  };
  const type = TYPES.has(parts[0] ?? '') ? (parts[0] as RouteType) : 'unicast';
  const via = after('via');
  return {
    type,
    ifname: after('dev'),
    gateway: via === 'inet6' || via === 'inet' ? (parts[parts.indexOf('via') + 2] ?? null) : via,
    prefsrc: after('src'),
    table: after('table'),
    mtu: after('mtu') === null ? null : Number(after('mtu')),
    text,
  };
}
