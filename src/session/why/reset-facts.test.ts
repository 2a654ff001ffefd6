import { describe, expect, it } from 'vitest';
import { type Headers, joinIncidents, type Symptom } from '../../diagnose/index.ts';
import { resetFacts } from './reset-facts.ts';

const ACK: Headers = {
  ...{ family: 'ipv4', protocol: 'tcp', length: 52, tcpFlags: 'A' },
  ...{ src: '10.0.0.1', sport: 40_000, dst: '10.0.0.2', dport: 80 },
};
const BACK = { src: ACK.dst!, sport: ACK.dport!, dst: ACK.src!, dport: ACK.sport! };
const RST: Headers = { ...ACK, ...BACK, tcpFlags: 'R' };

function symptom(said: Partial<Symptom>): Symptom {
  return {
    ...{ kind: 'drop', source: 'test', time: '2026-03-04T05:06:07.000000Z', reason: 'NOT_SPECIFIED' },
    ...{ subsystem: 'core', function: 'tcp_v4_rcv', stack: [], netns: 1, netnsName: 'a', ifname: null },
    ...{ benign: false, packet: ACK, direction: null, state: null, count: 1, ...said },
  };
}

const SENT = symptom({ kind: 'reset', function: 'tcp_v4_send_reset', direction: 'sent', reason: null });

/** Facts of the first symptom's incident. */
function factsOf(...symptoms: readonly Symptom[]): (readonly [string, unknown])[] {
  const [incident] = joinIncidents(symptoms.slice(0, 1));
  return resetFacts(incident!, symptoms).map(({ name, value }) => [name, value] as const);
}

describe('a reset', () => {
  it.each([
    ['was freed before any connection saw it', symptom({ netns: 2, packet: RST }), true],
    ['of another flow says nothing', symptom({ netns: 2, packet: { ...RST, dport: 40_001 } }), false],
    ['that a connection took', symptom({ netns: 2, packet: RST, function: 'tcp_reset' }), false],
  ])('%s', (_, other, isUnheard) => {
    expect(factsOf(SENT, other)).toEqual([['reset.unheard', isUnheard]]);
    expect(factsOf(symptom({ function: 'tcp_v4_do_rcv' }), other)).toEqual([['reset.unheard', isUnheard]]);
  });
});

describe('a segment that was freed without a reason', () => {
  const data = symptom({ packet: { ...ACK, tcpFlags: 'PA' } });
  it.each([
    ['met TIME_WAIT, as the FIN after it', { packet: { ...ACK, tcpFlags: 'FA' } }, true],
    ['met TIME_WAIT, as the reset after it', { packet: { ...ACK, tcpFlags: 'R' } }, true],
    [
      'met anything: the reset met no socket',
      { packet: { ...ACK, tcpFlags: 'R' }, reason: 'NO_SOCKET' },
      false,
    ],
    ['met anything: it was elsewhere', { packet: { ...ACK, tcpFlags: 'R' }, netns: 2 }, false],
    ['met anything: nothing but itself is known', {}, false],
  ])('%s', (_, said, isKnown) => {
    expect(factsOf(data, symptom(said))).toEqual(isKnown ? [['socket.timewait', true]] : []);
  });
});
