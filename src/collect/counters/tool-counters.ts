import { isRow, type JsonRow, jsonRows, numberIn, textIn } from '../json-lists.ts';
import type { Counter } from './counter.ts';

/** `ip -j -s -s link`: rx.dropped, tx.errors, rx.missed_errors … of each device. undefined when it is no JSON. */
export function parseLinkCounters(text: string, source: string): Counter[] | undefined {
  return jsonRows(text)?.flatMap(link => {
    const stats = link.stats64 ?? link.stats;
    if (!isRow(stats)) return [];
    return flat(stats).map(([name, value]) => ({
      group: 'link' as const,
      of: textIn(link, 'ifname') ?? '?',
      name,
      value,
      source,
    }));
  });
}

/** Numbers of an object and of the objects in it, by dotted name. */
function flat(row: JsonRow, prefix = ''): (readonly [string, number])[] {
  return Object.entries(row).flatMap(([name, value]) => {
    if (isRow(value)) return flat(value, `${prefix}${name}.`);
    return typeof value === 'number' ? [[`${prefix}${name}`, value] as const] : [];
  });
}

const QDISC_COUNTS = ['bytes', 'packets', 'drops', 'overlimits', 'requeues'] as const;

/** `tc -s -j qdisc`, each named "eth0 fq_codel 8001:". undefined when it is no JSON. */
export function parseQdiscCounters(text: string, source: string): Counter[] | undefined {
  return jsonRows(text)?.flatMap(qdisc => {
    const of = [textIn(qdisc, 'dev'), textIn(qdisc, 'kind'), textIn(qdisc, 'handle')].join(' ');
    return QDISC_COUNTS.flatMap(name => {
      const value = numberIn(qdisc, name);
      return value === undefined ? [] : [{ group: 'qdisc' as const, of, name, value, source }];
    });
  });
}

/** `ethtool -S DEVICE`: the driver's own names. */
export function parseEthtool(text: string, device: string, source: string): Counter[] {
  return [...text.matchAll(/^\s+(\S.*?): (\d+)\s*$/gm)].map(([, name, value]) => ({
    group: 'ethtool',
    of: device,
    name: name!,
    value: Number(value),
    source,
  }));
}
