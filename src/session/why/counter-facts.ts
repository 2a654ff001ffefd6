import { type CounterDelta, type CounterSnapshot, counterKey, delta, deltaOf } from '../../collect/index.ts';
import { FACT_NAMES, type Fact, type FactName } from '../../diagnose/index.ts';
import { factsOf } from './fact-maker.ts';

const PREFIXES: Readonly<Record<string, readonly string[]>> = { snmp: [''], netstat: ['TcpExt', 'IpExt'] };

/** Facts that are columns of /proc/net/snmp, snmp6 and netstat, with the names that nstat gives them. */
const COLUMNS: readonly { readonly fact: FactName; readonly names: readonly string[] }[] = FACT_NAMES.flatMap(
  fact => {
    const [, prefix = '', column] = /^(snmp|netstat)\.(\w+)\.delta$/.exec(fact) ?? [];
    const starts = PREFIXES[prefix];
    return column === undefined || starts === undefined
      ? []
      : [{ fact, names: starts.map(start => start + column) }];
  },
);

/** How far the counters of a namespace, of its devices and of the machine's CPUs moved. */
export function counterFacts(before: CounterSnapshot, after: CounterSnapshot): Fact[] {
  const moved = delta(before, after);
  return [
    ...columnFacts(before, after),
    ...softnetFacts(after, moved),
    ...neighbourTableFacts(after, moved),
    ...xfrmFacts(after, moved),
    ...deviceNames(after).flatMap(device => deviceFacts(device, after, moved)),
  ];
}

function columnFacts(before: CounterSnapshot, after: CounterSnapshot): Fact[] {
  return COLUMNS.flatMap(({ fact, names }) => {
    for (const name of names) {
      const wanted = { group: 'snmp', of: null, name } as const;
      const value = deltaOf(before, after, wanted);
      const source = after.counters.get(counterKey(wanted))?.source;
      if (value !== undefined && source !== undefined)
        return factsOf(
          { [fact]: value },
          { netns: after.netns },
          { source: placed(source, after), time: after.time },
        );
    }
    return [];
  });
}

function placed(source: string, { netnsName }: CounterSnapshot): string {
  return `${source} in ${netnsName}`;
}

function softnetFacts(after: CounterSnapshot, moved: readonly CounterDelta[]): Fact[] {
  if (!hasGroup(after, 'softnet')) return [];
  const by = (column: string): number => sumOf(moved, row => row.group === 'softnet' && row.name === column);
  return factsOf(
    { 'softnet.dropped.delta': by('dropped'), 'softnet.time_squeeze.delta': by('time_squeeze') },
    {},
    { source: '/proc/net/softnet_stat', time: after.time },
  );
}

function hasGroup({ counters }: CounterSnapshot, wanted: CounterDelta['group']): boolean {
  return [...counters.values()].some(({ group }) => group === wanted);
}

/** Columns of arp_cache and ndisc_cache that mean loss. */
const NEIGHBOUR = ['res_failed', 'unresolved_discards', 'table_fulls'] as const;

function neighbourTableFacts(after: CounterSnapshot, moved: readonly CounterDelta[]): Fact[] {
  if (!hasGroup(after, 'neighbour')) return [];
  const values = NEIGHBOUR.map(column => [
    `neigh.${column}.delta`,
    sumOf(moved, row => row.group === 'neighbour' && row.name === column),
  ]);
  const source = '/proc/net/stat/arp_cache and ndisc_cache';
  return factsOf(Object.fromEntries(values), {}, { source, time: after.time });
}

/** Every column of xfrm_stat counts packets that IPsec could not take or send. */
function xfrmFacts(after: CounterSnapshot, moved: readonly CounterDelta[]): Fact[] {
  if (!hasGroup(after, 'xfrm')) return [];
  const errors = moved.filter(({ group }) => group === 'xfrm');
  return factsOf(
    { 'xfrm.errors.delta': sumOf(errors, () => true), 'xfrm.errors': textOf(errors) },
    { netns: after.netns },
    { source: placed('/proc/net/xfrm_stat', after), time: after.time },
  );
}

/** "XfrmInNoPols +3, XfrmInNoStates +1"; null: nothing moved. */
function textOf(rows: readonly CounterDelta[]): string | null {
  return rows.map(({ name, delta: by }) => `${name} +${by}`).join(', ') || null;
}

function deviceNames(after: CounterSnapshot): string[] {
  const links = [...after.counters.values()].filter(({ group }) => group === 'link');
  return [...new Set(links.flatMap(({ of }) => of ?? []))];
}

/** Facts about a device, with the counter of `ip -s -s link` that brings them. */
const LINK: Partial<Record<FactName, string>> = {
  'link.rx_dropped.delta': 'rx.dropped',
  'link.tx_dropped.delta': 'tx.dropped',
  'link.rx_missed.delta': 'rx.missed_errors',
  'link.rx_crc_errors.delta': 'rx.crc_errors',
  'link.otherhost.delta': 'rx.otherhost_dropped',
  'link.nohandler.delta': 'rx.nohandler',
};
function deviceFacts(ifname: string, after: CounterSnapshot, moved: readonly CounterDelta[]): Fact[] {
  const about = { netns: after.netns, ifname };
  const own = moved.filter(({ group, of }) => group === 'link' && of === ifname);
  const movedBy = (name: string): number => own.find(row => row.name === name)?.delta ?? 0;
  const links = Object.entries(LINK).map(([fact, name]) => [fact, movedBy(name)]);
  const origin = { source: placed('ip -s -s link', after), time: after.time };
  return [
    ...factsOf(Object.fromEntries(links), about, origin),
    ...queueFacts(ifname, after, moved),
    ...cardFacts(ifname, after, moved),
  ];
}

function queueFacts(ifname: string, after: CounterSnapshot, moved: readonly CounterDelta[]): Fact[] {
  const of = (row: CounterDelta, name: string): boolean =>
    row.group === 'qdisc' && row.of?.split(' ')[0] === ifname && row.name === name;
  return factsOf(
    {
      'qdisc.dropped.delta': sumOf(moved, row => of(row, 'drops')),
      'qdisc.overlimits.delta': sumOf(moved, row => of(row, 'overlimits')),
    },
    { netns: after.netns, ifname },
    { source: placed('tc -s qdisc', after), time: after.time },
  );
}

/** Drivers call what they dropped by many names. */
const CARD_DROPS = /drop|discard|no_(?:buf|dma|desc)|out_of_buf|missed(?!_irq)|fifo_err/i;
const BY_PROGRAM = /xdp/i;

function cardFacts(ifname: string, after: CounterSnapshot, moved: readonly CounterDelta[]): Fact[] {
  const read = [...after.counters.values()].some(({ group, of }) => group === 'ethtool' && of === ifname);
  if (!read) return [];
  const drops = moved.filter(
    row => row.group === 'ethtool' && row.of === ifname && row.delta > 0 && CARD_DROPS.test(row.name),
  );
  const own = drops.filter(({ name }) => !BY_PROGRAM.test(name));
  const xdp = drops.filter(({ name }) => BY_PROGRAM.test(name));
  const origin = { source: placed(`ethtool -S ${ifname}`, after), time: after.time };
  return factsOf(
    { 'nic.drops.delta': onceOf(own), 'nic.drops': textOf(own), 'nic.xdp_drops.delta': onceOf(xdp) },
    { netns: after.netns, ifname },
    origin,
  );
}

/** Drivers tell the same packets in total (rx_drops) and by queue (rx0_drops, rx_queue_0_drops). */
function onceOf(rows: readonly CounterDelta[]): number {
  const isPart = ({ name }: CounterDelta): boolean => /\d/.test(name);
  return Math.max(
    sumOf(rows, isPart),
    sumOf(rows, row => !isPart(row)),
  );
}

function sumOf(rows: readonly CounterDelta[], wanted: (row: CounterDelta) => boolean): number {
  return rows.reduce((sum, row) => (wanted(row) ? sum + row.delta : sum), 0);
}
