import { isUnavailable } from '../../base/index.ts';
import {
  isLocal,
  type LinkState,
  type Place,
  type Reading,
  type Route,
  type RouteQuestion,
  readRoutingRules,
  routeOf,
  runInside,
} from '../../collect/index.ts';
import type { Fact, Incident } from '../../diagnose/index.ts';
import { factsOf, type Values } from './fact-maker.ts';
import { packetOf } from './incident-packet.ts';

/** The way to the packet's destination and the way back, as this namespace would route them. */
export function routeFacts(place: Place, incident: Incident, links: readonly LinkState[]): Fact[] {
  const { src, dst } = packetOf(incident) ?? {};
  if (dst === undefined) return [];
  const own = src === undefined || UNSET.has(src) || isLocal(links, src);
  const about = { incident: incident.key };
  const known = src === undefined || UNSET.has(src) ? {} : { src };
  const out = wayOut(place, { ...known, dst }, own, incident.ifname);
  const back = known.src === undefined ? undefined : readRoute(place, { dst: known.src });
  return [
    ...factsOf({ 'route.src.local': own }, about, originOf(place, 'ip addr show', incident.last)),
    ...(out ? factsOf(outValues(place, dst, out.value), about, originOf(place, out.source, out.time)) : []),
    ...ruleFacts(place, dst, about),
    ...(back ? factsOf(backValues(back.value), about, originOf(place, back.source, back.time)) : []),
  ];
}

/** Rules that the kernel makes itself ask these tables. */
const EVERY_MACHINE =
  /^(?:0: from all lookup local|32766: from all lookup main|32767: from all lookup default)$/;
const MOST_RULES = 8;

/** Policy rules of the packet's family that may have led it elsewhere. */
function ruleFacts(place: Place, dst: string, about: Fact['about']): Fact[] {
  const reading = readRoutingRules(place);
  if (isUnavailable(reading)) return [];
  const family = dst.includes(':') ? 'ipv6' : 'ipv4';
  const own = reading.value.filter(rule => rule.family === family && !EVERY_MACHINE.test(rule.text));
  const texts = own.slice(0, MOST_RULES).map(({ text }) => text);
  const value = texts.join('; ') || null;
  return factsOf({ 'route.rules': value }, about, originOf(place, reading.source, reading.time));
}

/** A source that is still to be chosen. */
const UNSET: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

function originOf({ name }: Place, source: string, time: string): { source: string; time: string } {
  return { source: `${source} in ${name}`, time };
}

function readRoute(place: Place, question: RouteQuestion): Reading<Route> | undefined {
  const reading = routeOf(place, question);
  return isUnavailable(reading) ? undefined : reading;
}

/**
 * As the packet saw it. A lookup for a packet that comes in says "no route to host" for many things (no route, a route
 * of type unreachable, forwarding off): then the same lookup for a packet of our own tells the type.
 */
function wayOut(
  place: Place,
  { src, dst }: { readonly src?: string; readonly dst: string },
  own: boolean,
  iif: string | null,
): Reading<Route> | undefined {
  const plain = { dst };
  const from = src === undefined ? plain : { dst, src };
  const question = own ? from : iif === null ? plain : { ...from, iif };
  const route = readRoute(place, question);
  if (route !== undefined && FOUND.has(route.value.type)) return route;
  return readRoute(place, plain) ?? route;
}

export const FOUND: ReadonlySet<string> = new Set(['unicast', 'local', 'broadcast', 'multicast', 'anycast']);

function outValues(place: Place, dst: string, { type, ifname, gateway, text }: Route): Values {
  return {
    'route.out': text,
    'route.out.ifname': ifname,
    'route.out.gateway': gateway,
    'route.type': type === 'refused' ? undefined : type,
    'route.match': matchOf(place, dst, type),
  };
}

function backValues({ ifname, text }: Route): Values {
  return { 'route.back': text, 'route.back.ifname': ifname };
}

const TYPED: ReadonlySet<string> = new Set(['blackhole', 'prohibit', 'unreachable']);

/** The route itself, as `ip route del` takes it: a route that drops is not shown by a lookup. */
function matchOf(place: Place, dst: string, type: Route['type']): string | undefined {
  const family = dst.includes(':') ? '-6' : '-4';
  if (!TYPED.has(type)) return fibmatch(place, family, dst);
  const text = runInside(place, 'ip', ['-o', family, 'route', 'show', 'table', 'all', 'match', dst]);
  if (isUnavailable(text)) return undefined;
  const lines = text.split('\n').filter(line => line.startsWith(`${type} `));
  return lines.map(plainRoute).sort((a, b) => prefixLength(b) - prefixLength(a))[0];
}

function fibmatch(place: Place, family: string, dst: string): string | undefined {
  const text = runInside(place, 'ip', ['-o', family, 'route', 'get', 'fibmatch', dst]);
  return isUnavailable(text) ? undefined : plainRoute(text.split('\n')[0] ?? '');
}

/** Without what only describes it. */
function plainRoute(line: string): string {
  return line
    .replace(/\s+(?:pref \w+|error -?\d+|linkdown|dead)\b/g, '')
    .replace(/\\/g, ' ')
    .trim();
}

function prefixLength(route: string): number {
  const [, prefix = 'default'] = route.split(' ');
  if (prefix === 'default') return 0;
  return Number(prefix.split('/')[1] ?? (prefix.includes(':') ? 128 : 32));
}
