import { isUnavailable, type Unavailable } from '../../base/index.ts';
import { runInside } from '../inside.ts';
import { type Place, type Read, readingOf } from '../reading.ts';

/** A policy routing rule, as `ip rule` prints it: "32766: from all lookup main". */
export interface RoutingRule {
  readonly family: 'ipv4' | 'ipv6';
  readonly priority: number;
  readonly text: string;
}

/** Rules of both families, in the order in which they are asked. Unavailable without ip(8). */
export function readRoutingRules(place: Place): Read<readonly RoutingRule[]> {
  const both = (['ipv4', 'ipv6'] as const).map(family => rulesOf(place, family));
  const missing = both.find((one): one is Unavailable => isUnavailable(one));
  if (missing !== undefined) return missing;
  return readingOf(place, 'ip rule, ip -6 rule', both.flat() as RoutingRule[]);
}

function rulesOf(place: Place, family: RoutingRule['family']): RoutingRule[] | Unavailable {
  const text = runInside(place, 'ip', [family === 'ipv4' ? '-4' : '-6', 'rule', 'show']);
  // A kernel without IPv6 or without policy routing has no rules to show.
  if (isUnavailable(text)) return /not supported/.test(text.why) ? [] : text;
  return parseRoutingRules(text, family);
}

export function parseRoutingRules(text: string, family: RoutingRule['family']): RoutingRule[] {
  return [...text.matchAll(/^(\d+):\s*(.*?)\s*$/gm)].map(([, priority, words = '']) => ({
    family,
    priority: Number(priority),
    text: `${priority}: ${words.replace(/\s+/g, ' ')}`,
  }));
}
