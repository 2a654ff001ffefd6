import { isUnavailable } from '../../base/index.ts';
import { type Place, runInside } from '../../collect/index.ts';
import type { Fact } from '../../diagnose/index.ts';
import { factsOf, type Values } from './fact-maker.ts';

/** "qdisc pfifo 8001: root refcnt 5 limit 10p". */
const ROW = /^qdisc (\S+) (\S+) (root|parent \S+)(?: refcnt \d+)? ?(.*)$/;

/** The queueing discipline of an interface and the same one with more room. */
export function queueFacts(place: Place, ifname: string): Fact[] {
  const args = ['qdisc', 'show', 'dev', ifname];
  const text = runInside(place, 'tc', args);
  if (isUnavailable(text)) return [];
  const rows = text.split('\n').flatMap(line => {
    const found = ROW.exec(line.trim());
    return found === null || found[1] === 'clsact' || found[1] === 'ingress' ? [] : [found];
  });
  const [line, kind, handle, parent, options = ''] = rows[0] ?? [];
  const values: Values = {
    'qdisc.kind': kind,
    'qdisc.text': line?.trim(),
    'qdisc.wider': kind === undefined ? undefined : widerOf(kind, handle!, parent!, options),
  };
  const origin = { source: `tc ${args.join(' ')} in ${place.name}`, time: new Date().toISOString() };
  return factsOf(values, { netns: place.inode, ifname }, origin);
}

/** Kinds whose limit can be written back as it is read. */
const LIMIT: Readonly<Record<string, RegExp>> = {
  pfifo: /\blimit (\d+)(p)\b/,
  bfifo: /\blimit (\d+)(b)\b/,
  fq_codel: /\blimit (\d+)(p)\b/,
  codel: /\blimit (\d+)(p)\b/,
  fq: /\blimit (\d+)(p)\b/,
  sfq: /\blimit (\d+)(p)\b/,
  netem: /\blimit (\d+)()\b/,
};

/** "root handle 8001: pfifo limit 40"; undefined where the limit is not told, or the handle is the kernel’s own. */
export function widerOf(kind: string, handle: string, parent: string, options: string): string | undefined {
  const limit = Number(LIMIT[kind]?.exec(options)?.[1] ?? Number.NaN);
  if (kind === 'tbf') return tbfOf(handle, parent, options);
  if (Number.isNaN(limit) || handle === '0:') return undefined;
  return `${parent} handle ${handle} ${kind} limit ${Math.max(1000, 4 * limit)}`;
}

/** "rate 1Mbit burst 2Kb lat 50ms": the time in the queue is its limit. */
function tbfOf(handle: string, parent: string, options: string): string | undefined {
  const [, rate, burst] = /\brate (\S+) burst (\S+)/.exec(options) ?? [];
  if (rate === undefined || handle === '0:') return undefined;
  return `${parent} handle ${handle} tbf rate ${rate} burst ${burst} latency 2s`;
}
