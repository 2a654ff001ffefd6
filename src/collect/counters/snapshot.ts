import { isUnavailable, type Unavailable, unavailable } from '../../base/index.ts';
import { hostNetns, readText, timeText } from '../../kernel/index.ts';
import { inside, runInside } from '../inside.ts';
import type { Place } from '../reading.ts';
import { type Counter, type CounterSnapshot, counterKey } from './counter.ts';
import { parseNamed, parseNeighbourStat, parseSnmp, parseSoftnet } from './proc-counters.ts';
import { parseEthtool, parseLinkCounters, parseQdiscCounters } from './tool-counters.ts';

export interface SnapshotOptions {
  /** Devices to ask ethtool about; each one is a process. Default none. */
  readonly devices?: readonly string[];
  /** Leave out what takes a child process (ip, tc, ethtool): the rest costs well under a millisecond. */
  readonly filesOnly?: boolean;
}

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
  const parts = [inside(place, () => procCounters('/proc/thread-self/net', OF_NAMESPACE)), machineCounters()];
  if (options.filesOnly !== true) parts.push(...toolCounters(place, options.devices ?? []));
  const counters = new Map<string, Counter>();
  const missing: Unavailable[] = [];
  for (const part of parts) {
    if (isUnavailable(part)) missing.push(part);
    else for (const counter of part) counters.set(counterKey(counter), counter);
  }
  return { netns: place.inode, netnsName: place.name, time: timeText(Date.now()), counters, missing };
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

function toolCounters(place: Place, devices: readonly string[]): (Counter[] | Unavailable)[] {
  return [
    parsed(place, 'ip', ['-j', '-s', '-s', 'link'], parseLinkCounters),
    parsed(place, 'tc', ['-s', '-j', 'qdisc'], parseQdiscCounters),
    ...devices.map(device =>
      parsed(place, 'ethtool', ['-S', device], (text, source) => parseEthtool(text, device, source)),
    ),
  ];
}

function parsed(
  place: Place,
  tool: 'ip' | 'tc' | 'ethtool',
  args: readonly string[],
  parse: (text: string, source: string) => Counter[] | undefined,
): Counter[] | Unavailable {
  const source = `${tool} ${args.join(' ')}`;
  const text = runInside(place, tool, args);
  if (isUnavailable(text)) return /no stats available/.test(text.why) ? [] : text;
  return (
    parse(text, source) ??
    unavailable(source, 'it printed no JSON', `update ${tool}: -j came with iproute2 4.19`)
  );
}
