import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseKernelVersion } from '../../base/index.ts';
import {
  conntrackDelta,
  cpusWith,
  deadColumns,
  EntryTally,
  parseConntrackStat,
  parseEntry,
  sumOf,
} from './index.ts';

const recorded = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
const statOf = (name: string) => parseConntrackStat(recorded(name))!;

describe('/proc/net/stat/nf_conntrack', () => {
  it.each([
    ['4.4', 'stat-4.4.txt', { invalid: 4, insert_failed: 2, drop: 1, search_restart: 7 }],
    ['5.4', 'stat-5.4.txt', { invalid: 18, insert_failed: 4, drop: 4, found: 7 }],
    ['5.10', 'stat-5.10.txt', { clashres: 9, invalid: 18, drop: 4 }],
    ['6.12', 'stat-6.12.txt', { invalid: 2, drop: 24, chainlength: 0 }],
  ])('is read by the names of %s', (_, file, sums) => {
    const { cpus } = statOf(file);
    expect(Object.fromEntries(Object.keys(sums).map(name => [name, sumOf(cpus, name)]))).toEqual(sums);
  });

  it('has columns that no longer count, by era and not by position', () => {
    const dead = (file: string, release: string): string[] => [
      ...deadColumns(statOf(file).columns, parseKernelVersion(release)!),
    ];
    expect(dead('stat-4.4.txt', '4.4.0')).toEqual([]);
    expect(dead('stat-5.4.txt', '5.4.0')).toEqual(['searched', 'new', 'delete', 'delete_list']);
    expect(dead('stat-5.10.txt', '5.10.0')).toEqual(['new', 'delete', 'delete_list', 'ignore']);
    expect(dead('stat-6.12.txt', '6.12.0')).toEqual(['new', 'delete', 'ignore']);
    expect(dead('stat-5.10.txt', '4.18.0-553.el8')).toContain('ignore');
  });

  it('does not add up the number of entries', () => {
    expect(statOf('stat-4.4.txt').entries).toBe(0x1c);
  });

  it('gives movements per CPU, over the end of 32 bits too', () => {
    const before = parseConntrackStat(
      'entries  drop invalid\n00000001 fffffffe 00000001\n00000001 00000000 00000000\n',
    )!;
    const after = parseConntrackStat(
      'entries  drop invalid\n00000009 00000002 00000001\n00000009 00000000 00000004\n',
    )!;
    const moved = conntrackDelta(before, after);
    expect(moved).toEqual([
      { cpu: 0, counts: { drop: 4, invalid: 0 } },
      { cpu: 1, counts: { drop: 0, invalid: 4 } },
    ]);
    expect(cpusWith(moved, 'drop')).toEqual([0]);
    expect(sumOf(moved, 'nosuch')).toBeUndefined();
  });

  it('is not made up from other text', () => {
    expect(parseConntrackStat('')).toBeUndefined();
    expect(parseConntrackStat('cat: no such file')).toBeUndefined();
  });
});

describe('conntrack -L -o extended', () => {
  const entries = recorded('list-1.4.7.txt').trim().split('\n').map(parseEntry);

  it('gives every entry', () => {
    expect(entries.every(entry => entry !== undefined)).toBe(true);
    expect(entries[4]).toMatchObject({
      family: 'ipv4',
      protocol: 'tcp',
      timeout: 431999,
      state: 'ESTABLISHED',
      original: { src: '10.9.0.1', dst: '10.9.0.1', sport: 51328, dport: 8099 },
      reply: { sport: 8099, dport: 51328 },
      assured: true,
      unreplied: false,
      zone: null,
    });
    expect(entries[3]).toMatchObject({ protocol: 'icmpv6', state: null, original: { type: 128, id: 22224 } });
  });

  it('reads zones, counters, NAT and offloaded flows', () => {
    const line =
      'ipv4     2 tcp      6 src=10.0.0.5 dst=10.96.0.1 sport=4000 dport=443 packets=7 bytes=900 ' +
      'src=10.1.2.3 dst=10.0.0.5 sport=6443 dport=4000 packets=5 bytes=800 [OFFLOAD] mark=16 zone=3 use=2';
    expect(parseEntry(line)).toMatchObject({
      timeout: null,
      state: null,
      original: { dst: '10.96.0.1', dport: 443 },
      reply: { src: '10.1.2.3', sport: 6443 },
      mark: 16,
      zone: 3,
    });
    expect(parseEntry('conntrack v1.4.7 (conntrack-tools): 5 flow entries have been shown.')).toBeUndefined();
    expect(parseEntry('')).toBeUndefined();
  });

  it('is added up by who opens connections, to what, in which state', () => {
    const tally = new EntryTally();
    for (const entry of entries) tally.add(entry!);
    const result = tally.result(2);
    expect(result).toMatchObject({ total: 5, assured: 1, unreplied: 2, translated: 0 });
    expect(result.sources[0]).toEqual({
      key: '10.9.0.1',
      count: 3,
      shortestTimeout: 29,
      longestTimeout: 431999,
    });
    expect(result.services.map(row => row.key)).toEqual(['icmp 10.9.0.1', 'icmpv6 fd09::1']);
    expect(result.states).toHaveLength(2);
  });
});
