import { describe, expect, it } from 'vitest';
import { type LogLine, logEventOf } from '../../collect/index.ts';
import type { Incident } from '../../diagnose/index.ts';
import { logFacts, packetLogFacts } from './log-facts.ts';

const HEADER =
  'IN=eth0 OUT= MAC=02:00:00:00:00:02:02:00:00:00:00:01:08:00 SRC=10.0.0.1 DST=10.0.0.2 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=836 DF PROTO=TCP SPT=54946 DPT=80 WINDOW=64240 RES=0x00 SYN URGP=0 ';
const line = (text: string): LogLine => ({ text, time: 't', event: logEventOf(text)! }) as LogLine;
const incident = (dport: number): Incident => ({
  ...{ key: 'k', kind: 'drop', source: 'x', reason: 'NETFILTER_DROP', subsystem: 'core', function: 'f' },
  ...{ stack: [], netns: 7, netnsName: 'web', ifname: 'eth0', benign: false, direction: null, state: null },
  ...{ count: 1, first: 't', last: 't' },
  samples: [
    {
      time: 't',
      packet: {
        ...{ family: 'ipv4', protocol: 'tcp', length: 60, src: '10.0.0.1', dst: '10.0.0.2' },
        ...{ sport: 54946, dport },
      },
    },
  ],
});

describe('what the kernel log says', () => {
  it('of a flow: the LOG rule that met it, and why conntrack called it invalid', () => {
    const lines = [line(`DENY: ${HEADER}`), line(`nf_ct_proto_6: invalid packet ignored ${HEADER}`)];
    const facts = packetLogFacts(incident(80), lines);
    expect(facts.map(({ name }) => name)).toEqual(['log.invalid', 'log.rule']);
    expect(facts[1]?.value).toBe(`DENY: ${HEADER}`);
  });

  it('of another port is not about it', () => {
    expect(packetLogFacts(incident(81), [line(`DENY: ${HEADER}`)])).toEqual([]);
  });

  it('of the machine: what overflowed; null for what it did not say', () => {
    const facts = logFacts([line('neighbour: arp_cache: neighbor table overflow!')], 't');
    const of = (name: string): unknown => facts.find(fact => fact.name === name)?.value;
    expect(of('log.neigh_overflow')).toMatch(/table overflow/);
    expect(of('log.syn_flood')).toBeNull();
  });
});
