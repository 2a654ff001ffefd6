import type { Cause } from './cause.ts';
import type { Condition } from './condition.ts';

/** Sent again more often than chance, though nothing was dropped here. */
const LOST_ELSEWHERE: readonly Condition[] = [
  { fact: 'retransmit.count', atLeast: 2 },
  { fact: 'retransmit.count', atLeastShare: 0.1, of: 'watch.packets' },
];

export const nothingDroppedHere: Cause = {
  id: 'nothing-dropped-here',
  title: 'Nothing in this kernel dropped the traffic',
  when: [{ fact: 'symptom.kind', is: 'none' }],
  sure: 'certain',
  troubleIf: LOST_ELSEWHERE,
  says: [
    {
      text: '{retransmit.count} segments were sent again, but nothing was dropped here: they, or their answers, are lost beyond this machine, or the peer does not answer.',
      when: LOST_ELSEWHERE,
    },
    '{watch.packets} matching packets were seen; none was dropped or reset here.',
    'No packet was dropped or reset here.',
  ],
  shows: [
    'softnet.dropped.delta',
    'nic.drops.delta',
    'nic.xdp_drops.delta',
    'link.xdp',
    'link.rx_missed.delta',
    'link.rx_dropped.delta',
    'link.tx_dropped.delta',
    'qdisc.dropped.delta',
    'ct.drop.delta',
    'netstat.ListenOverflows.delta',
    'snmp.UdpRcvbufErrors.delta',
    'snmp.IpOutNoRoutes.delta',
    'netstat.TCPTimeouts.delta',
    'xfrm.errors.delta',
    'neigh.res_failed.delta',
    'neigh.table_fulls.delta',
    'softnet.time_squeeze.delta',
  ],
  fix: [],
  check: [{ run: 'nstat -az TcpRetransSegs TcpExtTCPTimeouts', where: 'host' }],
  settles: [],
  see: ['man 8 nstat', 'man 8 tc', 'man 8 ethtool'],
};
