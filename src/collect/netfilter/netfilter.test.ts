import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleStep, TracedPacket } from '../../events/index.ts';
import { compilePlain } from '../../filter/index.ts';
import { familiesOf } from './filter-terms.ts';
import { headerBytes, ipv6Groups } from './header-bytes.ts';
import { filterMatch, parseNftTraceLine, parseRuleset, parseTracedPacket, snatRule } from './index.ts';
import { parseIptablesSave } from './iptables-rules.ts';
import { legacyMatches } from './legacy-match.ts';
import { ownTable } from './own-table.ts';
import { invalidDropRule } from './ruleset.ts';
import { runFilter } from './run-filter.ts';
import { type BlockOptions, TraceBlocks } from './trace-blocks.ts';

const recorded = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
const LINES = recorded('nft-monitor-trace-1.0.6.txt').trim().split('\n');

type Trace = Parameters<BlockOptions['onTrace']>[0];

/** Feeds the lines to the joiner as if they came `msApart`. */
function joined(
  lines: readonly string[],
  matches: (packet: TracedPacket) => boolean = () => true,
  hook: string | null = null,
): Trace[] {
  const traces: Trace[] = [];
  let now = 0;
  const blocks = new TraceBlocks({
    ownTable: 'netwhy-1',
    stepOf: line => ({ ...stepOf(line), hook }),
    matches,
    onTrace: trace => traces.push(trace),
    now: () => now,
  });
  for (const line of lines) {
    const parsed = parseNftTraceLine(line);
    if (parsed !== undefined) blocks.add(parsed);
    now += 0.1;
    blocks.flush();
  }
  blocks.flush(true);
  return traces;
}

function stepOf(line: Parameters<BlockOptions['stepOf']>[0]): RuleStep {
  const { family, table, chain, kind, verdict } = line;
  const [text, handle] = line.kind === 'rule' ? [line.text, line.handle] : [null, null];
  return {
    family,
    table,
    chain,
    hook: null,
    priority: null,
    kind,
    text,
    handle,
    number: null,
    verdict,
    iptables: null,
  };
}

describe('nft monitor trace', () => {
  it('has no line in a real run that is not understood', () => {
    expect(LINES.filter(line => parseNftTraceLine(line) === undefined)).toEqual([]);
    expect(LINES.length).toBeGreaterThan(70);
  });

  it('gives rules by words and handle, without numbers of long ago', () => {
    const rule = LINES.find(line => line.includes('jump web #'))!;
    expect(parseNftTraceLine(rule)).toMatchObject({
      kind: 'rule',
      text: 'tcp dport { 8080, 8081 } counter jump web',
      handle: 7,
      verdict: 'jump web',
    });
    expect(parseNftTraceLine('trace id 1 inet t pre unknown rule handle 3 (verdict continue)')).toMatchObject(
      {
        text: null,
        handle: 3,
      },
    );
  });

  it('takes lines of other versions, and passes over what it does not know', () => {
    expect(
      parseNftTraceLine(
        'trace id e5 inet t pre rule ip saddr 10.0.0.1 meta nftrace set 1 comment "trace it" (verdict continue)',
      ),
    ).toMatchObject({
      text: 'ip saddr 10.0.0.1 meta nftrace set 1 comment "trace it"',
      handle: null,
    });
    expect(parseNftTraceLine('trace id e5 inet t web verdict continue ')).toMatchObject({
      kind: 'end',
      verdict: 'continue',
    });
    expect(
      parseNftTraceLine(
        'trace id e5 inet t pre conntrack: ct direction original ct state new ct id 2641368242',
      ),
    ).toMatchObject({ kind: 'conntrack' });
    for (const line of [
      '',
      '# new generation 7 by process 9',
      'trace id zz x',
      'trace id 1 inet t c later: x',
    ])
      expect(parseNftTraceLine(line)).toBeUndefined();
  });

  it('never fails, whatever comes', () => {
    fc.assert(fc.property(fc.string(), text => void parseNftTraceLine(`trace id 1 inet t c ${text}`)));
    fc.assert(fc.property(fc.string(), text => void parseTracedPacket(text)));
  });

  it('tells the packet: addresses, ports, flags, interfaces', () => {
    const line = parseNftTraceLine(LINES.find(text => text.includes('tcp dport 8082 tcp flags == syn'))!);
    expect(parseTracedPacket((line as { text: string }).text)).toMatchObject({
      ...{
        family: 'ipv4',
        protocol: 'tcp',
        src: '10.9.0.1',
        dst: '10.9.0.2',
        dport: 8082,
        iif: 'v1',
        oif: null,
      },
      ...{ ttl: 64, length: 60, tcpFlags: 2, macDst: 'e2:4a:62:42:3c:99', icmpType: null },
    });
    const udp6 = LINES.find(text => text.includes('ip6 daddr fd09::2') && text.includes('udp dport 53'))!;
    expect(parseTracedPacket(udp6)).toMatchObject({
      family: 'ipv6',
      protocol: 'udp',
      dst: 'fd09::2',
      ttl: 64,
    });
    const ping = LINES.find(text => text.includes('echo-request'))!;
    expect(parseTracedPacket(ping)).toMatchObject({
      protocol: 'icmp',
      icmpType: 'echo-request',
      sport: null,
    });
    expect(parseTracedPacket('tcp flags == 0x14 tcp window 0').tcpFlags).toBe(0x14);
    expect(parseTracedPacket('iif "a b" tcp flags syn,ack').tcpFlags).toBe(0x12);
  });
});

it.each([
  ['icmp type destination-unreachable icmp code port-unreachable', 'port-unreachable'],
  ['icmp type destination-unreachable icmp code 3 icmp id 0', 'port-unreachable'],
  ['icmp type destination-unreachable icmp code 13 icmp id 0', 'admin-prohibited'],
  ['icmp type destination-unreachable icmp code 99 icmp id 0', '99'],
  ['icmp type time-exceeded icmp code 1 icmp id 0', '1'],
  ['icmpv6 type destination-unreachable icmpv6 code 4 icmpv6 parameter-problem 0', 'port-unreachable'],
  ['icmpv6 type destination-unreachable icmpv6 code 1 icmpv6 parameter-problem 0', 'admin-prohibited'],
])('of nft 1.0 and of nft 1.1: %s', (text, code) => {
  expect(parseTracedPacket(text).icmpCode).toBe(code);
});

describe('blocks of packets', () => {
  it('are one per packet, with the rule that decided', () => {
    const traces = joined(LINES, packet => packet.dport !== null && packet.src === '10.9.0.1');
    expect(
      traces.map(({ packet, verdict, decidedBy }) => [packet.dport, verdict, decidedBy?.text ?? null]),
    ).toEqual([
      [8080, 'accept', null],
      [8081, 'drop', 'tcp dport 8081 drop comment "no web here"'],
      [8082, 'reject', 'tcp dport 8082 reject with tcp reset'],
      [53, 'drop', 'udp dport 53 counter drop'],
      [54, 'reject', 'udp dport 54 reject'],
    ]);
  });

  it('know the answers of REJECT rules', () => {
    const replies = joined(LINES)
      .filter(({ verdict }) => verdict === 'reject')
      .map(({ reply }) => reply);
    expect(replies).toEqual([
      { kind: 'tcp reset', says: '', seen: true },
      { kind: 'icmp', says: 'destination-unreachable port-unreachable', seen: true },
    ]);
    const alone = joined(LINES.filter(line => line.includes('af6b2009')))[0];
    expect(alone?.reply).toEqual({ kind: 'tcp reset', says: '', seen: false });
  });

  it('leave out that a base chain ended, which 6.1 says before its policy', () => {
    const passed = LINES.filter(line => line.includes('trace id 44a69ff5'));
    const extra = 'trace id 44a69ff5 inet filter input verdict continue ';
    const withExtra = passed.flatMap(line => (line.includes('input policy') ? [extra, line] : [line]));
    const steps = (lines: readonly string[], hook: string | null): number =>
      joined(lines, undefined, hook)[0]!.steps.length;
    expect(steps(withExtra, 'input')).toBe(steps(passed, 'input'));
    expect(steps(withExtra, null)).toBe(steps(passed, null) + 1);
  });

  it('are told apart when the kernel gives an id twice, as 6.1 does', () => {
    const once = LINES.filter(line => line.includes('trace id b693a14b'));
    expect(joined([...once, ...once])).toHaveLength(2);
    const passed = LINES.filter(line => line.includes('trace id 44a69ff5'));
    expect(joined([...passed, ...passed])).toHaveLength(2);
  });
});

describe('filters as nft matches', () => {
  it.each([
    ['udp port 53', ['meta l4proto { 17 } th sport 53', 'meta l4proto { 17 } th dport 53'], true],
    ['src host 10.0.0.1', ['ip saddr 10.0.0.1'], true],
    ['dst net 10.1.0.0/16', ['ip daddr & 255.255.0.0 == 10.1.0.0'], true],
    ['dst host fd00::7', ['ip6 daddr fd00:0:0:0:0:0:0:7'], true],
    ['tcp', ['meta l4proto 6'], true],
    ['ip6 and dst port 80', ['meta nfproto ipv6 meta l4proto { 6, 17, 132 } th dport 80'], true],
    ['arp', [], true],
    ['ip and src host fd00::1', [], true],
    ['tcp and not dst port 22', ['meta l4proto 6'], false],
    ['tcp[13] & 2 != 0', [''], false],
    ['vlan 7', [''], false],
    ['', [''], true],
  ])('%s', (text, alternatives, exact) => {
    expect(filterMatch(text, 'inet')).toMatchObject({ alternatives, exact });
  });

  it('let the answers of a REJECT through: the other way round', () => {
    const { answers } = filterMatch('src host 10.0.0.1 and tcp dst port 80', 'inet');
    expect(answers).toEqual([
      'ip daddr 10.0.0.1 meta l4proto { 6 } th sport 80 tcp flags & rst == rst',
      'ip daddr 10.0.0.1 icmp type destination-unreachable',
    ]);
    expect(filterMatch('udp dst port 53', 'inet').answers).toEqual([
      'icmp type destination-unreachable',
      'icmpv6 type destination-unreachable',
    ]);
  });

  it('do not grow without end', () => {
    const many = Array.from({ length: 40 }, (_, port) => `port ${port + 1}`).join(' or ');
    expect(filterMatch(many, 'inet').alternatives).toEqual(['']);
  });

  it('become tables that go with their owner', () => {
    const { commands, limited, name } = ownTable(42, 'udp port 53', parseRuleset(''));
    expect(name).toBe('netwhy-42');
    expect(limited).toBe(false);
    expect(commands[0]).toBe('add table inet netwhy-42 { flags owner; }');
    expect(commands.filter(command => command.startsWith('add chain'))).toHaveLength(2);
    expect(ownTable(42, '', parseRuleset('')).limited).toBe(true);
  });

  it('watch bridges and devices where there are rules for them', () => {
    const text = recorded('ruleset-1.0.6.txt');
    const { commands } = ownTable(42, '', parseRuleset(text));
    expect(commands).toContain('add table bridge netwhy-42 { flags owner; }');
    expect(commands).toContain(
      'add chain netdev netwhy-42 ingress0 { type filter hook ingress device "eth0" priority -500; }',
    );
  });
});

describe('filters as iptables matches', () => {
  const argsOf = (text: string): string[] =>
    legacyMatches(text).map(({ family, args }) => `${family} ${args.join(' ')}`.trim());

  it.each([
    ['src host 10.0.0.1 and udp dst port 53', ['ip -p udp -s 10.0.0.1/255.255.255.255 --dport 53:53']],
    ['udp dst port 53', ['ip -p udp --dport 53:53', 'ip6 -p udp --dport 53:53']],
    [
      'ip and dst port 80',
      ['ip -p tcp --dport 80:80', 'ip -p udp --dport 80:80', 'ip -p sctp --dport 80:80'],
    ],
    ['icmp', ['ip -p 1']],
    ['src net fd00::/16', ['ip6 -s fd00:0:0:0:0:0:0:0/ffff:0:0:0:0:0:0:0']],
    ['arp', []],
  ])('%s', (text, args) => {
    expect(argsOf(text)).toEqual(args);
  });

  it('take some of all packets where nothing narrower is safe', () => {
    for (const text of ['', 'not tcp', 'tcp[13] = 2'])
      expect(argsOf(text)).toEqual([
        'ip -m limit --limit 1000/second --limit-burst 1000',
        'ip6 -m limit --limit 1000/second --limit-burst 1000',
      ]);
  });
});

describe('the filter, run on what the trace tells', () => {
  const packet = (over: Partial<TracedPacket>): TracedPacket => ({
    ...{ family: 'ipv4', protocol: 'tcp', src: '10.0.0.1', dst: '10.0.0.2', sport: 4000, dport: 80 },
    ...{ iif: null, oif: null, macSrc: null, macDst: null, ttl: 64, id: 1, length: 60, tcpFlags: 2 },
    ...{ icmpType: null, icmpCode: null, mark: null },
    ...over,
  });
  const passes = (filter: string, over: Partial<TracedPacket> = {}): boolean =>
    runFilter(compilePlain(filter).rawIp, headerBytes(packet(over)));

  it('decides as it does elsewhere', () => {
    expect(passes('tcp and dst port 80')).toBe(true);
    expect(passes('tcp and dst port 81')).toBe(false);
    expect(passes('not host 10.0.0.2')).toBe(false);
    expect(passes('net 10.0.0.0/30 and not udp')).toBe(true);
    const ipv6 = { family: 'ipv6', src: 'fd00::1', dst: 'fd00::2' } as const;
    expect(passes('host fd00::2 and port 80', ipv6)).toBe(true);
    expect(passes('host fd00::3', ipv6)).toBe(false);
    expect(passes('icmp', { protocol: 'icmp', sport: null, dport: null, icmpType: 'echo-request' })).toBe(
      true,
    );
    expect(passes('ip', { family: 'other' })).toBe(false);
  });

  it('reads IPv6 addresses in every form', () => {
    expect(ipv6Groups('::')).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(ipv6Groups('fe80::1:2')).toEqual([0xfe80, 0, 0, 0, 0, 0, 1, 2]);
    expect(ipv6Groups('::ffff:192.0.2.7')).toEqual([0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0207]);
    expect(ipv6Groups('1:2:3:4:5:6:7:8')).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('rule sets', () => {
  const ruleset = parseRuleset(recorded('ruleset-1.0.6.txt'));

  it('have chains with hooks, priorities and policies, and rules with handles and counters', () => {
    expect(ruleset.chain('inet', 'filter', 'input')).toMatchObject({
      hook: 'input',
      priority: 0,
      policy: 'drop',
    });
    expect(ruleset.chain('inet', 'filter', 'web')).toMatchObject({ hook: null, policy: null });
    expect(ruleset.chain('netdev', 'early', 'in')).toMatchObject({
      hook: 'ingress',
      devices: ['eth0'],
      priority: -10,
    });
    const counted = ruleset.find(/no web/)!;
    expect(counted.rule).toMatchObject({
      text: 'tcp dport 8081 counter drop comment "no web"',
      number: 2,
      packets: 3,
    });
    expect(ruleset.rule('inet', 'filter', 'web', counted.rule.handle)).toBe(counted.rule);
  });

  it('tell of NAT and of rules against invalid packets', () => {
    expect(snatRule(ruleset)).toBe('ip nat POSTROUTING: oifname "eth0" counter masquerade');
    expect(invalidDropRule(ruleset)).toBe('inet filter input: ct state invalid drop');
    expect(snatRule(parseRuleset(''))).toBeNull();
  });

  it('iptables-save gives the same rules in other words', () => {
    const chains = parseIptablesSave(
      '# Generated\n*filter\n:INPUT DROP [0:0]\n:mine - [0:0]\n-A INPUT -p tcp -j mine\n-A mine -j RETURN\nCOMMIT\n',
    );
    expect(chains.get('INPUT')).toEqual(['-P INPUT DROP', '-A INPUT -p tcp -j mine']);
    expect(chains.get('mine')).toEqual(['', '-A mine -j RETURN']);
  });
});

describe('families that a filter can match', () => {
  it.each([
    ['', ['ipv4', 'ipv6']],
    ['tcp port 80', ['ipv4', 'ipv6']],
    ['host 10.0.0.1 and tcp port 80', ['ipv4']],
    ['ip6 and udp', ['ipv6']],
    ['host 10.0.0.1 or host fd00::1', ['ipv4', 'ipv6']],
    ['not host 10.0.0.1', ['ipv4', 'ipv6']],
    ['arp', []],
    ['tcp[13] & 4 != 0', ['ipv4', 'ipv6']],
  ])('%j', (text, families) => {
    expect(familiesOf(text)).toEqual(families);
  });
});
