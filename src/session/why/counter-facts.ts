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
    ...softnetFacts(before, after, moved),
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

function softnetFacts(
  _before: CounterSnapshot,
  after: CounterSnapshot,
  moved: readonly CounterDelta[],
): Fact[] {
  const read = [...after.counters.values()].some(({ group }) => group === 'softnet');
  if (!read) return [];
  const dropped = sumOf(moved, row => row.group === 'softnet' && row.name === 'dropped');
  return factsOf(
    { 'softnet.dropped.delta': dropped },
    {},
    { source: '/proc/net/softnet_stat', time: after.time },
  );
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
/** Drivers call what they dropped by many names. */
const NIC_DROPS = /drop|discard|no_buf|missed|fifo_err/i;

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

function cardFacts(ifname: string, after: CounterSnapshot, moved: readonly CounterDelta[]): Fact[] {
  const read = [...after.counters.values()].some(({ group, of }) => group === 'ethtool' && of === ifname);
  if (!read) return [];
  const drops = sumOf(moved, row => row.group === 'ethtool' && row.of === ifname && NIC_DROPS.test(row.name));
  const origin = { source: placed(`ethtool -S ${ifname}`, after), time: after.time };
  return factsOf({ 'nic.drops.delta': drops }, { netns: after.netns, ifname }, origin);
}

function sumOf(rows: readonly CounterDelta[], wanted: (row: CounterDelta) => boolean): number {
  return rows.reduce((sum, row) => (wanted(row) ? sum + row.delta : sum), 0);
}
