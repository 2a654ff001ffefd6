import { isUnavailable, type Unavailable, unavailable } from '../../base/index.ts';
import { hostNetns, readText, timeText } from '../../kernel/index.ts';
import { inside, runInside } from '../inside.ts';
import type { Place } from '../reading.ts';
import { type LinkState, parseLinks } from '../routes/links.ts';
import { type Counter, type CounterSnapshot, counterKey } from './counter.ts';
import { parseNamed, parseNeighbourStat, parseSnmp, parseSoftnet } from './proc-counters.ts';
import { parseEthtool, parseLinkCounters, parseQdiscCounters } from './tool-counters.ts';

export interface SnapshotOptions {
  /** Devices to ask ethtool about, or how to choose them; each one is a process. Default none. */
  readonly devices?: readonly string[] | DeviceChoice;
  /** Leave out what takes a child process (ip, tc, ethtool): the rest costs well under a millisecond. */
  readonly filesOnly?: boolean;
}

/** From the links of the namespace and from what was counted so far. */
export type DeviceChoice = (links: readonly LinkState[], counters: readonly Counter[]) => readonly string[];

interface ProcRow {
  readonly file: string;
  readonly parse: (text: string, source: string) => Counter[];
}

/** Absent files are kernels without the feature (IPv6, XFRM): nothing to count, nothing to report. */
const OF_NAMESPACE: readonly ProcRow[] = [
  { file: 'snmp', parse: parseSnmp },
  { file: 'netstat', parse: parseSnmp },
  { file: 'snmp6', parse: (text, source) => parseNamed(text, 'snmp', source) },
  { file: 'xfrm_stat', parse: (text, source) => parseNamed(text, 'xfrm', source) },
  { file: 'softnet_stat', parse: parseSoftnet },
];

/** The kernel shows these in its first namespace only; they count for all of them. */
const OF_MACHINE: readonly ProcRow[] = ['arp_cache', 'ndisc_cache'].map(table => ({
  file: `stat/${table}`,
  parse: (text, source) => parseNeighbourStat(text, table, source),
}));

/** Reads every counter of the namespace. Needs CAP_SYS_ADMIN for a namespace that is not our own. */
export function snapshot(place: Place, options: SnapshotOptions = {}): CounterSnapshot {
  const parts: Part[] = [
    inside(place, () => procCounters('/proc/thread-self/net', OF_NAMESPACE)),
    machineCounters(),
  ];
  let links: readonly LinkState[] = [];
  if (options.filesOnly !== true) {
    const found = linksOf(place);
    links = isUnavailable(found) ? [] : found.links;
    parts.push(isUnavailable(found) ? found : found.counters, qdiscCounters(place));
    const devices = chosen(options.devices ?? [], links, parts);
    parts.push(...devices.map(device => cardCounters(place, device)));
  }
  const counters = new Map<string, Counter>();
  const missing: Unavailable[] = [];
  for (const part of parts) {
    if (isUnavailable(part)) missing.push(part);
    else for (const counter of part) counters.set(counterKey(counter), counter);
  }
  return { netns: place.inode, netnsName: place.name, time: timeText(Date.now()), counters, links, missing };
}

type Part = readonly Counter[] | Unavailable;

function chosen(
  devices: NonNullable<SnapshotOptions['devices']>,
  links: readonly LinkState[],
  parts: readonly Part[],
): readonly string[] {
  if (typeof devices !== 'function') return devices;
  return devices(
    links,
    parts.flatMap(part => (isUnavailable(part) ? [] : part)),
  );
}

function procCounters(directory: string, rows: readonly ProcRow[]): Counter[] {
  return rows.flatMap(({ file, parse }) =>
    parse(readText(`${directory}/${file}`) ?? '', `/proc/net/${file}`),
  );
}

function machineCounters(): Counter[] {
  const host = hostNetns();
  return procCounters(host?.pid === undefined ? '/proc/self/net' : `/proc/${host.pid}/net`, OF_MACHINE);
}

const LINKS = ['-j', '-d', '-s', '-s', 'link'];

function linksOf(place: Place): { links: readonly LinkState[]; counters: Counter[] } | Unavailable {
  const text = runInside(place, 'ip', LINKS);
  if (isUnavailable(text)) return text;
  const links = parseLinks(text);
  const counters = parseLinkCounters(text, 'ip -s -s link');
  return links === undefined || counters === undefined ? noJson('ip', LINKS) : { links, counters };
}

const QDISCS = ['-s', '-j', 'qdisc'];

function qdiscCounters(place: Place): Part {
  const text = runInside(place, 'tc', QDISCS);
  if (isUnavailable(text)) return text;
  return parseQdiscCounters(text, `tc ${QDISCS.join(' ')}`) ?? noJson('tc', QDISCS);
}

function cardCounters(place: Place, device: string): Part {
  const text = runInside(place, 'ethtool', ['-S', device]);
  if (isUnavailable(text)) return /no stats available/.test(text.why) ? [] : text;
  return parseEthtool(text, device, `ethtool -S ${device}`);
}

function noJson(tool: 'ip' | 'tc', args: readonly string[]): Unavailable {
  const source = `${tool} ${args.join(' ')}`;
  return unavailable(source, 'it printed no JSON', `update ${tool}: -j came with iproute2 4.19`);
}
