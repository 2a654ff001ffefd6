import type { Fact, Incident } from '../../diagnose/index.ts';
import type { Reach } from './incident-state.ts';
import { legacyCounterFacts } from './legacy-counters.ts';
import { peerFacts } from './link-facts.ts';
import { neighbourFacts, wrongNeighbourFacts } from './neighbour-facts.ts';
import { cgroupFacts, deviceProgramFacts, socketProgramFacts } from './program-facts.ts';
import { queueFacts } from './queue-facts.ts';
import { routeFacts } from './route-facts.ts';
import { ruleFacts } from './rule-facts.ts';
import { translationFacts } from './translation-facts.ts';
import { vlanFacts } from './vlan-facts.ts';

export type Reader = (reach: Reach) => readonly Fact[];

/** Each reader takes processes and time: it is asked only for the incidents that its facts can decide. */
interface Row {
  /** Reason of the drop, the reset or the lookup, or the counter; a kernel without reasons says "". */
  readonly reasons: RegExp;
  readonly kinds: readonly Incident['kind'][];
  readonly read: Reader;
}

/** Reasons that say nothing more than that it was dropped. */
const UNNAMED = '^$|^NOT_SPECIFIED$';

const ROWS: readonly Row[] = [
  {
    reasons: new RegExp(`^IP_|PKT_TOO_BIG|^NEIGH_|^IPV6|^E[A-Z]+$|${UNNAMED}`),
    kinds: ['drop', 'lookup'],
    read: ({ place, incident, links }) => routeFacts(place, incident, links?.value ?? []),
  },
  {
    reasons: new RegExp(`^NEIGH_|${UNNAMED}`),
    kinds: ['drop'],
    read: ({ place, incident }) => neighbourFacts(place, incident),
  },
  {
    reasons: /^OTHERHOST$/,
    kinds: ['drop'],
    read: ({ incident, links, machine, watch }) =>
      wrongNeighbourFacts(incident, links?.value ?? [], watch.placesNear(machine)),
  },
  {
    reasons: /^OTHERHOST$/,
    kinds: ['drop'],
    read: ({ incident, links, watch }) => vlanFacts(incident, links?.value ?? [], watch.vlans()),
  },
  {
    reasons: new RegExp(`^QDISC_DROP$|^DEV_READY$|PKT_TOO_BIG|^NEIGH_|${UNNAMED}`),
    kinds: ['drop'],
    read: ({ place, incident, links, machine, watch }) =>
      peerFacts(place, incident.ifname, links, watch.placesNear(machine)),
  },
  {
    reasons: new RegExp(`NO_SOCKET|^SOCKET_|^TCP_|${UNNAMED}`),
    kinds: ['drop', 'reset'],
    read: ({ sockets }) => sockets().facts,
  },
  { reasons: /./, kinds: ['reset'], read: ({ sockets }) => sockets().facts },
  {
    reasons: /ListenOverflows|RcvbufErrors|TCPWinProbe|ZeroWindow|TCPAbortOn/,
    kinds: ['counter'],
    read: ({ sockets }) => sockets().facts,
  },
  {
    reasons: new RegExp(`QDISC|OVERLIMIT|FLOOD|LIMIT|HORIZON|GENERIC|MAXFLOWS|^qdisc|${UNNAMED}`),
    kinds: ['drop', 'counter'],
    read: ({ place, incident }) => (incident.ifname === null ? [] : queueFacts(place, incident.ifname)),
  },
  {
    reasons: /^TC_/,
    kinds: ['drop'],
    read: ({ place, incident, links }) => {
      const link = links?.value.find(({ ifname }) => ifname === incident.ifname);
      return link ? deviceProgramFacts(place, link, incident) : [];
    },
  },
  {
    reasons: /^SOCKET_FILTER$/,
    kinds: ['drop'],
    read: ({ place, incident, sockets }) => socketProgramFacts(place, incident, sockets().socket),
  },
  {
    reasons: /^BPF_CGROUP_EGRESS$/,
    kinds: ['drop'],
    read: ({ place, incident, pid }) => (pid === undefined ? [] : cgroupFacts(place, incident, pid)),
  },
  {
    reasons: /^NETFILTER_DROP$/,
    kinds: ['drop'],
    read: ({ place, incident, watch, legacy }) => {
      const [before, after] = legacy.get(place.inode) ?? [];
      return [
        ...ruleFacts(incident, watch.rules.traces, after !== undefined),
        ...legacyCounterFacts(place, incident, before, after),
      ];
    },
  },
  {
    reasons: /^(?:NO_SOCKET|TCP_FLAGS|NOT_SPECIFIED|)$/,
    kinds: ['drop', 'reset'],
    read: ({ incident, places, deltas }) => translationFacts(incident, places, deltas),
  },
];

/** The readers for an incident. */
export function readersFor({ kind, reason }: Incident): Reader[] {
  const fitting = ROWS.filter(row => row.kinds.includes(kind) && row.reasons.test(reason ?? ''));
  return fitting.map(({ read }) => read);
}
