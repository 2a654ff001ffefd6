import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUnavailable } from '../../base/index.ts';
import type { RuleTrace } from '../../events/index.ts';
import { compileFilter, toolPath } from '../../kernel/index.ts';
import { CLIENT, knock, runIn, SERVER, type Twin, twin, until } from '../testdata/twin.ts';
import { LegacyTrace } from './index.ts';

const KNOB = '/proc/sys/net/netfilter/nf_log_all_netns';

describe.skipIf(toolPath('iptables-legacy') === undefined)(
  'legacy iptables, through TRACE and the log',
  () => {
    let both: Twin;
    let knob = '0';
    beforeAll(() => {
      both = twin('l');
      knob = readFileSync(KNOB, 'utf8').trim();
      for (const command of ['iptables-legacy', 'ip6tables-legacy']) {
        runIn(both.server, command, '-N', 'mine');
        runIn(both.server, command, '-A', 'INPUT', '-p', 'udp', '--dport', '4200', '-j', 'mine');
        runIn(both.server, command, '-A', 'mine', '-p', 'udp', '-j', 'DROP');
        runIn(
          both.server,
          command,
          '-A',
          'INPUT',
          '-p',
          'tcp',
          '--dport',
          '4201',
          '-j',
          'REJECT',
          '--reject-with',
          'tcp-reset',
        );
      }
      for (const address of [SERVER.ipv4, SERVER.ipv6]) runIn(both.client, 'ping', '-c1', '-W1', address);
    });
    afterAll(() => {
      writeFileSync(KNOB, knob);
      both[Symbol.dispose]();
    });
    const rawTable = (): string => runIn(both.server, 'iptables-legacy-save', '-t', 'raw');

    it('says why it would stay silent, and changes nothing', async () => {
      writeFileSync(KNOB, '0');
      expect(LegacyTrace.needed(both.server)).toBe(true);
      expect(LegacyTrace.needed(both.client)).toBe(false);
      const trace = await LegacyTrace.start(both.server, { onTrace: () => undefined });
      expect(trace).toMatchObject({
        kind: 'unavailable',
        instead: expect.stringContaining('nf_log_all_netns=1'),
      });
      expect(rawTable()).not.toContain('TRACE');
      expect(LegacyTrace.announcement(both.server, 'udp port 4200')).toContain('-p udp --sport 4200:4200');
    });

    it.each([
      ['ipv4', SERVER.ipv4, CLIENT.ipv4, 'iptables-legacy'],
      ['ipv6', SERVER.ipv6, CLIENT.ipv6, 'ip6tables-legacy'],
    ])('names the rule, over %s, and takes its own back', async (family, address, from, command) => {
      writeFileSync(KNOB, '1');
      const traces: RuleTrace[] = [];
      const { filter } = compileFilter(`(udp port 4200 or tcp port 4201) and host ${address}`);
      const trace = await LegacyTrace.start(both.server, { filter, onTrace: one => traces.push(one) });
      if (isUnavailable(trace)) throw new Error(trace.why);
      try {
        knock(both.client, 'udp', address, 4200);
        knock(both.client, 'tcp', address, 4201);
        await until(() => {
          trace.poll();
          return (
            traces.some(({ packet }) => packet.dport === 4200) &&
            traces.some(({ packet }) => packet.dport === 4201)
          );
        });
      } finally {
        await trace.stop();
      }
      expect(traces.find(({ packet }) => packet.dport === 4200)).toMatchObject({
        ...{
          verdict: 'drop',
          backend: 'legacy',
          packet: { family, src: from, dst: address, iif: SERVER.device },
        },
        decidedBy: {
          chain: 'mine',
          text: '-A mine -p udp -j DROP',
          iptables: `${command} -t filter -A mine -p udp -j DROP`,
        },
      });
      const steps = traces.find(({ packet }) => packet.dport === 4200)!.steps;
      expect(steps.map(step => `${step.table} ${step.chain} ${step.verdict}`)).toEqual([
        'raw PREROUTING accept',
        'filter INPUT jump mine',
        'filter mine drop',
      ]);
      expect(traces.find(({ packet }) => packet.dport === 4201)).toMatchObject({
        verdict: 'reject',
        reply: { kind: 'tcp reset' },
      });
      expect(rawTable()).not.toContain('TRACE');
    });
  },
);
