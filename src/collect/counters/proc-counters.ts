import type { Counter } from './counter.ts';

/**
 * /proc/net/snmp and /proc/net/netstat: a line of names and a line of numbers for each group. nstat joins the words:
 * "Udp: … RcvbufErrors" is UdpRcvbufErrors.
 */
export function parseSnmp(text: string, source: string): Counter[] {
  const lines = text.split('\n').filter(line => line !== '');
  const counters: Counter[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [group = '', ...names] = lines[at]!.split(/\s+/);
    const [again, ...values] = lines[at + 1]!.split(/\s+/);
    if (group !== again) continue;
    names.forEach((name, index) => {
      counters.push({
        group: 'snmp',
        of: null,
        name: group.slice(0, -1) + name,
        value: Number(values[index] ?? 0),
        source,
      });
    });
  }
  return counters;
}

/** /proc/net/snmp6, /proc/net/xfrm_stat and dev_snmp6: a name and a number on each line. */
export function parseNamed(text: string, group: 'snmp' | 'xfrm', source: string): Counter[] {
  return [...text.matchAll(/^(\w+)\s+(-?\d+)\s*$/gm)].map(([, name, value]) => ({
    group,
    of: null,
    name: name!,
    value: Number(value),
    source,
  }));
}

/** Columns of /proc/net/softnet_stat (net/core/net-procfs.c); those left out are always zero. */
const SOFTNET: Readonly<Record<number, string>> = {
  0: 'processed',
  1: 'dropped',
  2: 'time_squeeze',
  9: 'received_rps',
  10: 'flow_limit',
  11: 'backlog_len',
};
/** The CPU's own number; 5.10. Before, rows are the CPUs online, in order. */
const SOFTNET_CPU = 12;
const GAUGES: ReadonlySet<string> = new Set(['backlog_len', 'entries']);

/** /proc/net/softnet_stat: a row of hexadecimal numbers per online CPU. */
export function parseSoftnet(text: string, source: string): Counter[] {
  return rowsOf(text).flatMap((row, index) => {
    const cpu = row[SOFTNET_CPU] === undefined ? index : Number.parseInt(row[SOFTNET_CPU], 16);
    return Object.entries(SOFTNET).flatMap(([at, name]) => {
      const value = row[Number(at)];
      return value === undefined ? [] : [hexCounter('softnet', `cpu${cpu}`, name, value, source)];
    });
  });
}

/** /proc/net/stat/arp_cache and ndisc_cache: names, then a row per possible CPU; the CPUs are added up. */
export function parseNeighbourStat(text: string, table: string, source: string): Counter[] {
  const [names = [], ...rows] = rowsOf(text);
  return names.map((name, at) => {
    const values = rows.map(row => Number.parseInt(row[at] ?? '0', 16));
    // The number of entries is the whole table's, printed again on each row.
    const value = name === 'entries' ? (values[0] ?? 0) : values.reduce((sum, one) => sum + one, 0);
    return { group: 'neighbour', of: table, name, value, source, ...wrapping(name) };
  });
}

function hexCounter(group: 'softnet', of: string, name: string, hex: string, source: string): Counter {
  return { group, of, name, value: Number.parseInt(hex, 16), source, ...wrapping(name) };
}

function wrapping(name: string): { wraps: true } | Record<string, never> {
  return GAUGES.has(name) ? {} : { wraps: true };
}

function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => line.trim().split(/\s+/));
}
