import { isUnavailable } from '../../base/index.ts';
import { inside, type Place } from '../../collect/index.ts';
import type { Fact, FactName, Incident } from '../../diagnose/index.ts';
import { sysctlNumber, sysctlPath } from '../../kernel/index.ts';
import { factsOf } from './fact-maker.ts';

const OF_NAMESPACE: Partial<Record<FactName, string>> = {
  'sysctl.ip_forward': 'net.ipv4.ip_forward',
  'sysctl.ip6_forwarding': 'net.ipv6.conf.all.forwarding',
  'sysctl.log_martians': 'net.ipv4.conf.all.log_martians',
  'sysctl.tcp_be_liberal': 'net.netfilter.nf_conntrack_tcp_be_liberal',
  'sysctl.log_invalid': 'net.netfilter.nf_conntrack_log_invalid',
  'sysctl.somaxconn': 'net.core.somaxconn',
  'sysctl.ipfrag_time': 'net.ipv4.ipfrag_time',
  'sysctl.ip6frag_time': 'net.ipv6.ip6frag_time',
};
const OF_MACHINE: Partial<Record<FactName, string>> = { 'sysctl.rmem_max': 'net.core.rmem_max' };
const OF_INTERFACE = ['forwarding', 'accept_local', 'route_localnet'] as const;

/** Settings of the incident's namespace and interface. */
export function sysctlFacts(place: Place, { ifname }: Pick<Incident, 'ifname'>): Fact[] {
  const facts = inside(place, () => [
    ...readAll(OF_NAMESPACE, { netns: place.inode }, place),
    ...readAll(OF_MACHINE, {}, place),
    ...(ifname === null ? [] : interfaceFacts(place, ifname)),
  ]);
  return isUnavailable(facts) ? [] : facts;
}

function readAll(table: Partial<Record<FactName, string>>, about: Fact['about'], place: Place): Fact[] {
  const time = new Date().toISOString();
  return Object.entries(table).flatMap(([fact, name]) =>
    factsOf({ [fact]: sysctlNumber(name) }, about, { source: `${sysctlPath(name)} in ${place.name}`, time }),
  );
}

function interfaceFacts(place: Place, ifname: string): Fact[] {
  const directory = (of: string): string =>
    `net.ipv4.conf.${of.replace(/[./]/g, one => (one === '.' ? '/' : '.'))}`;
  const about = { netns: place.inode, ifname };
  const rows = OF_INTERFACE.map(name => [`sysctl.${name}`, `${directory(ifname)}.${name}`]);
  return [
    ...readAll(Object.fromEntries(rows), about, place),
    ...factsOf({ 'sysctl.rp_filter': larger('rp_filter', [directory('all'), directory(ifname)]) }, about, {
      source: `${sysctlPath(`${directory(ifname)}.rp_filter`)} and conf/all in ${place.name}`,
      time: new Date().toISOString(),
    }),
  ];
}

/** Of these settings the larger one is in force. */
function larger(name: string, directories: readonly string[]): number | undefined {
  const values = directories.map(directory => sysctlNumber(`${directory}.${name}`));
  return values.includes(undefined) ? undefined : Math.max(...(values as number[]));
}
