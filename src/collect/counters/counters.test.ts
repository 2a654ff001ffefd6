import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Counter, type CounterSnapshot, counterKey, delta, deltaOf } from './index.ts';
import { parseNamed, parseNeighbourStat, parseSnmp, parseSoftnet } from './proc-counters.ts';
import { parseEthtool, parseLinkCounters, parseQdiscCounters } from './tool-counters.ts';

const recorded = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
const countIn = (counters: readonly Counter[] | undefined, name: string, of: string | null = null): unknown =>
  counters?.find(counter => counter.name === name && counter.of === of)?.value;

describe('what the kernel counts', () => {
  it('has the names that nstat prints', () => {
    const snmp = parseSnmp(recorded('snmp-6.18.txt'), 'x');
    expect(countIn(snmp, 'UdpNoPorts')).toEqual(expect.any(Number));
    expect(countIn(snmp, 'TcpMaxConn')).toBe(-1);
    const netstat = parseSnmp(recorded('netstat-6.18.txt'), 'x');
    expect(netstat.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['TcpExtListenOverflows', 'IpExtInNoRoutes', 'MPTcpExtMPCapableSYNRX']),
    );
    expect(netstat.every(({ value }) => Number.isFinite(value))).toBe(true);
    const snmp6 = parseNamed(recorded('snmp6-6.18.txt'), 'snmp', 'x');
    expect(snmp6.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Ip6InNoRoutes', 'Udp6NoPorts', 'Icmp6OutErrors']),
    );
  });

  it('reads softnet_stat by column, with the CPU that the row names', () => {
    const rows = parseSoftnet(recorded('softnet_stat-6.18.txt'), 'x');
    expect(new Set(rows.map(({ of }) => of))).toEqual(new Set(['cpu0', 'cpu1']));
    expect(countIn(rows, 'dropped', 'cpu1')).toBe(0);
    const old = parseSoftnet('00000010 00000002 00000003 0 0 0 0 0 0 00000004 00000005\n', 'x');
    expect(countIn(old, 'dropped', 'cpu0')).toBe(2);
    expect(countIn(old, 'flow_limit', 'cpu0')).toBe(5);
    expect(countIn(old, 'backlog_len', 'cpu0')).toBeUndefined();
  });

  it('adds up the CPUs of arp_cache, but not its number of entries', () => {
    const rows = parseNeighbourStat(recorded('arp_cache-6.18.txt'), 'arp_cache', 'x');
    expect(countIn(rows, 'entries', 'arp_cache')).toBe(3);
    expect(countIn(rows, 'allocs', 'arp_cache')).toBe(0x0d + 0x12);
    expect(countIn(rows, 'table_fulls', 'arp_cache')).toBe(0);
  });
});

describe('what tools count', () => {
  it('links, by dotted name', () => {
    const rows = parseLinkCounters(recorded('ip-link-6.1.0.json'), 'x');
    expect(countIn(rows, 'rx.packets', 'eth0')).toBe(71172);
    expect(countIn(rows, 'tx.carrier_changes', 'eth0')).toBe(2);
    expect(countIn(rows, 'rx.missed_errors', 'lo')).toBe(0);
    expect(parseLinkCounters('Object "linkk" is unknown', 'x')).toBeUndefined();
  });

  it('queues, by device, kind and handle', () => {
    const rows = parseQdiscCounters(recorded('tc-qdisc-6.1.0.json'), 'x');
    expect(countIn(rows, 'requeues', 'eth0 pfifo_fast 0:')).toBe(1);
    expect(parseQdiscCounters('', 'x')).toEqual([]);
  });

  it('the driver, in its own words', () => {
    const text =
      'NIC statistics:\n     rx_queue_0_xdp_drops: 7\n     rx missed errors: 3\n     peer_ifindex: 12\n';
    const rows = parseEthtool(text, 'eth0', 'x');
    expect(countIn(rows, 'rx_queue_0_xdp_drops', 'eth0')).toBe(7);
    expect(countIn(rows, 'rx missed errors', 'eth0')).toBe(3);
  });
});

describe('delta', () => {
  const at = (...counters: Counter[]): CounterSnapshot => ({
    netns: 1,
    netnsName: 'a',
    time: '',
    counters: new Map(counters.map(counter => [counterKey(counter), counter])),
    links: [],
    missing: [],
  });
  const udp = (value: number): Counter => ({
    group: 'snmp',
    of: null,
    name: 'UdpNoPorts',
    value,
    source: 'f',
  });
  const softnet = (value: number): Counter => ({
    group: 'softnet',
    of: 'cpu0',
    name: 'dropped',
    value,
    source: 'f',
    wraps: true,
  });

  it('lists what moved and nothing else', () => {
    expect(delta(at(udp(3), softnet(1)), at(udp(5), softnet(1)))).toEqual([
      { group: 'snmp', of: null, name: 'UdpNoPorts', before: 3, after: 5, delta: 2, source: 'f' },
    ]);
    expect(deltaOf(at(udp(3)), at(udp(3)), udp(0))).toBe(0);
    expect(deltaOf(at(), at(), udp(0))).toBeUndefined();
  });

  it('counts on over the end of 32 bits', () => {
    expect(delta(at(softnet(0xffff_fffe)), at(softnet(3)))[0]?.delta).toBe(5);
  });

  it('counts a device that came meanwhile from zero', () => {
    expect(delta(at(), at(softnet(4)))[0]).toMatchObject({ before: 0, delta: 4 });
  });
});
