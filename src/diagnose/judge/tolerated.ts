import type { Condition } from '../causes/condition.ts';
import { dropped, GROUP_CHATTER, TCP, unnamedAt } from '../causes/forms.ts';
import type { Facts } from '../facts/facts.ts';
import type { Incident } from '../facts/incident.ts';
import { Hearing } from './answer.ts';
import { placeOf } from './weigh.ts';

/** What normal operation leaves behind; a cause has to be likely to claim it all the same. Each row: all must hold. */
export const TOLERATED: readonly { readonly why: string; readonly when: readonly Condition[] }[] = [
  {
    why: 'a keepalive or window probe; kernels before TCP_OLD_SEQUENCE have no reason of their own for it',
    when: [dropped('TCP_INVALID_SEQUENCE'), { fact: 'packet.payload', atMost: 1 }],
  },
  {
    why: 'data that came a second time; kernels before TCP_OLD_SEQUENCE have no reason of their own for it',
    when: [
      dropped('TCP_INVALID_SEQUENCE'),
      { fact: 'netstat.DelayedACKLost.delta', atLeastShare: 1, of: 'symptom.count' },
    ],
  },
  {
    why: 'an acknowledgement that was overtaken by a later one; kernels before TCP_RFC7323_PAWS_ACK give this reason to it too',
    when: [dropped('TCP_RFC7323_PAWS'), TCP, { fact: 'packet.payload', atMost: 0 }],
  },
  {
    why: 'a few segments that others overtook, among many: what they bring was or will be sent again',
    when: [
      dropped('TCP_RFC7323_PAWS'),
      TCP,
      { fact: 'tcp.flags', lacks: 'S' },
      { fact: 'watch.packets', atLeastShare: 100, of: 'symptom.count' },
    ],
  },
  {
    why: 'a reset for a connection that is already gone',
    when: [dropped('NO_SOCKET'), TCP, { fact: 'tcp.flags', matches: 'R' }],
  },
  {
    why: 'a segment that TIME_WAIT took: it is freed without a reason of its own',
    when: [
      unnamedAt('tcp_v4_rcv', 'tcp_v6_rcv'),
      { fact: 'tcp.flags', lacks: 'S' },
      { fact: 'socket.timewait', is: true },
    ],
  },
  {
    why: 'a reset that met nobody: the connection was over at the other end, too',
    when: [
      {
        any: [{ fact: 'reset.direction', is: 'sent' }, unnamedAt('tcp_v4_do_rcv', 'tcp_v6_do_rcv')],
      },
      { fact: 'reset.unheard', is: true },
      { fact: 'packet.payload', atMost: 0 },
      { fact: 'tcp.flags', lacks: 'S' },
    ],
  },
  {
    why: 'group membership announced on an interface without carrier',
    when: [
      dropped('QDISC_DROP'),
      {
        any: [
          { fact: 'packet.icmp', matches: GROUP_CHATTER },
          { fact: 'packet.protocol', is: 'igmp' },
        ],
      },
    ],
  },
  {
    why: 'sent in the moment before the interface came up',
    when: [
      dropped('QDISC_DROP'),
      { fact: 'qdisc.kind', is: 'noqueue' },
      { fact: 'link.carrier', is: true },
      { fact: 'symptom.count', atMost: 5 },
    ],
  },
  {
    why: 'a queue that tells its senders to slow down: active queue management at work',
    when: [dropped('QDISC_CONGESTED', 'CONGESTED', 'DUALPI2_STEP_DROP', 'L4S_STEP_NON_ECN')],
  },
  {
    why: 'a single window probe: the receiver paused for a moment',
    when: [
      { fact: 'symptom.counter', is: 'netstat.TCPWinProbe.delta' },
      { fact: 'symptom.count', atMost: 1 },
    ],
  },
  {
    why: 'IPv6 tried and not there: programs try it first and go on with IPv4',
    when: [{ fact: 'symptom.counter', is: 'snmp.Ip6OutNoRoutes.delta' }],
  },
];

export function isTolerated(incident: Incident, facts: Facts): boolean {
  return TOLERATED.some(({ when }) => new Hearing(facts, placeOf(incident)).allOf(when) === 'yes');
}
