import type { FactName } from './catalogue.ts';
import type { Fact } from './fact.ts';
import type { Symptom } from './symptom.ts';

/** Counters that mean trouble even when no packet was seen: what they count may free its packets silently. */
export const SYMPTOM_COUNTERS = [
  'ct.drop.delta',
  'ct.chainlength.delta',
  'netstat.ListenOverflows.delta',
  'netstat.TCPZeroWindowDrop.delta',
  'netstat.TCPReqQFullDrop.delta',
  'netstat.TCPAbortOnClose.delta',
  'snmp.IpOutNoRoutes.delta',
  'snmp.Ip6OutNoRoutes.delta',
  'snmp.IpReasmTimeout.delta',
  'snmp.Ip6ReasmTimeout.delta',
  'snmp.UdpRcvbufErrors.delta',
  'snmp.Udp6RcvbufErrors.delta',
  'snmp.TcpInCsumErrors.delta',
  'snmp.UdpInCsumErrors.delta',
  'snmp.Udp6InCsumErrors.delta',
  'netstat.TCPWinProbe.delta',
  'softnet.dropped.delta',
  'nic.drops.delta',
  'link.rx_missed.delta',
] as const;
SYMPTOM_COUNTERS satisfies readonly FactName[];

const NAMES: ReadonlySet<string> = new Set(SYMPTOM_COUNTERS);

/** One symptom per symptom counter that moved. `netnsNameOf` names namespaces where it can. */
export function counterSymptoms(
  facts: readonly Fact[],
  netnsNameOf: (inode: number) => string | null = () => null,
): Symptom[] {
  return facts.flatMap(fact => {
    const moved = NAMES.has(fact.name) && typeof fact.value === 'number' && fact.value > 0;
    return moved ? [symptomOf(fact, fact.value as number, netnsNameOf)] : [];
  });
}

function symptomOf(
  { name, about, time, source }: Fact,
  count: number,
  netnsNameOf: (inode: number) => string | null,
): Symptom {
  const netns = about.netns ?? null;
  return {
    ...{ kind: 'counter', source, time, reason: name, subsystem: null, function: null, stack: [] },
    ...{ netns, netnsName: netns === null ? null : netnsNameOf(netns), ifname: about.ifname ?? null },
    ...{ benign: false, packet: null, direction: null, state: null, count },
  };
}
