import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { columnSum } from './conntrack-table.ts';
import { parseOsRelease } from './distribution.ts';
import { deviceNames } from './interface-names.ts';
import { backendOf } from './iptables.ts';
import { parseKprobeEvents } from './leftovers.ts';
import { parseTraceRules } from './legacy-trace-rules.ts';
import { parseLockdown } from './lockdown.ts';
import { parseNfLog } from './nf-log.ts';
import { parseNftTables } from './nft-tables.ts';
import { innerNumbersOf } from './process-alive.ts';
import { sysctlPath } from './sysctl.ts';
import { installCommand, TOOLS } from './tool-packages.ts';
import { mountedAt, noTracefs } from './tracefs.ts';

const recorded = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');

describe('what the kernel prints', () => {
  it('nf_log: who is bound and who could be', () => {
    const bindings = parseNfLog(recorded('nf-log-6.18.txt'));
    expect(bindings).toHaveLength(11);
    expect(bindings.find(binding => binding.family === 2)).toEqual({
      family: 2,
      bound: 'nf_log_ipv4',
      available: ['nf_log_ipv4', 'nfnetlink_log'],
    });
    expect(bindings.find(binding => binding.family === 1)?.bound).toBeNull();
    expect(parseNfLog(' 2 NONE ()\n')).toEqual([{ family: 2, bound: null, available: [] }]);
  });

  it('lockdown: the mode in brackets', () => {
    expect(parseLockdown('none [integrity] confidentiality\n')).toBe('integrity');
    expect(parseLockdown('none integrity [confidentiality]\n')).toBe('confidentiality');
    expect(parseLockdown('[none] integrity confidentiality\n')).toBe('none');
  });

  it('tracefs: the usual place first', () => {
    const debug = 'tracefs /sys/kernel/debug/tracing tracefs rw 0 0\n';
    expect(mountedAt(`proc /proc proc rw 0 0\n${debug}`)).toBe('/sys/kernel/debug/tracing');
    expect(mountedAt(`${debug}tracefs /sys/kernel/tracing tracefs rw 0 0\n`)).toBe('/sys/kernel/tracing');
    expect(mountedAt('tracefs /mnt/t tracefs rw 0 0\n')).toBe('/mnt/t');
    expect(mountedAt('proc /proc proc rw 0 0\n')).toBeUndefined();
  });

  it('tracefs: not mounted is something else than not built', () => {
    expect(noTracefs('nodev\ttracefs\n', true).instead).toBe('mount -t tracefs tracefs /sys/kernel/tracing');
    expect(noTracefs('nodev\tproc\n', false).why).toContain('CONFIG_FTRACE');
  });

  it('net/dev: names, also those that look like numbers', () => {
    const text = 'Inter-|   Receive\n face |bytes\n    lo:    1 2\neth0.100:12345 6\nveth@x: 1\n';
    expect(deviceNames(text)).toEqual(['lo', 'eth0.100', 'veth@x']);
  });

  it('nf_conntrack: a column by its name, hexadecimal, over all CPUs', () => {
    const stat = recorded('stat-nf-conntrack-6.12.txt');
    expect(columnSum(stat, 'drop')).toBe(24);
    expect(columnSum(stat, 'invalid')).toBe(2);
    expect(columnSum(stat, 'nosuch')).toBe(0);
  });

  it('sysctl names become paths, a slash stays a dot', () => {
    expect(sysctlPath('net.netfilter.nf_log.2')).toBe('/proc/sys/net/netfilter/nf_log/2');
    expect(sysctlPath('net.ipv4.conf.eth0/100.rp_filter')).toBe('/proc/sys/net/ipv4/conf/eth0.100/rp_filter');
  });
});

describe('what tools print', () => {
  it.each([
    ['iptables v1.8.9 (nf_tables)', 'nf_tables'],
    ['iptables v1.8.9 (legacy)', 'legacy'],
    ['iptables v1.6.1', 'legacy'],
    ['sh: iptables: not found', undefined],
  ])('%s', (line, backend) => {
    expect(backendOf(line)).toBe(backend);
  });

  it('nft list tables', () => {
    expect(parseNftTables('table ip filter\ntable inet netwhy-12 # progname nft\n')).toEqual([
      'ip filter',
      'inet netwhy-12',
    ]);
  });
});

describe('what netwhy itself left', () => {
  it('TRACE rules are those with its comment', () => {
    const own = '-A OUTPUT -p udp -m udp --dport 53 -m comment --comment netwhy-4711 -j TRACE';
    const save = [
      '*raw',
      ':PREROUTING ACCEPT [0:0]',
      '-A PREROUTING -p tcp -j TRACE',
      '-A PREROUTING -m comment --comment netwhy-4711 -j DROP',
      own,
      own.replace('netwhy-4711', '"netwhy-4711"'),
      'COMMIT',
    ].join('\n');
    expect(parseTraceRules(save)).toEqual([own, own.replace('netwhy-4711', '"netwhy-4711"')]);
  });

  it('kprobe events, each once', () => {
    const text =
      'p:netwhy_12/hop ip_rcv\np:netwhy_12/hop ip_output\nr16:netwhy_12/back ip_rcv\np:kprobes/mine x\n';
    expect(parseKprobeEvents(text)).toEqual(['netwhy_12/hop', 'netwhy_12/back', 'kprobes/mine']);
  });

  it('a container counts processes by itself', () => {
    expect(innerNumbersOf('Name:\tx\nNSpid:\t4711\t12\t1\nNSsid:\t4711\t0\t0\n')).toEqual([12, 1]);
    expect(innerNumbersOf('NSpid:\t4711\n')).toEqual([]);
    expect(innerNumbersOf('Name:\tx\n')).toEqual([]);
  });
});

describe('distribution', () => {
  it('is read from os-release', () => {
    expect(parseOsRelease(recorded('os-release-debian-12.txt'))).toEqual({
      title: 'Debian GNU/Linux 12 (bookworm)',
      family: 'debian',
    });
  });

  it.each([
    ['ID=ubuntu\nID_LIKE=debian\n', 'debian'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'fedora'],
    ["ID='alpine'\n", 'alpine'],
    ['ID=opensuse-leap\nID_LIKE="suse opensuse"\n', 'suse'],
    ['ID=manjaro\nID_LIKE=arch\n', 'arch'],
    ['ID=nixos\n', undefined],
    ['', undefined],
  ])('%j', (text, family) => {
    expect(parseOsRelease(text).family).toBe(family);
  });

  it('decides how a package is called and installed', () => {
    expect(installCommand(['conntrack', 'nft'], { title: 'Fedora', family: 'fedora' })).toBe(
      'dnf install conntrack-tools nftables',
    );
    expect(installCommand(['ip', 'ss'], { title: 'Debian', family: 'debian' })).toBe(
      'apt-get install iproute2',
    );
    expect(installCommand(['nft'], { title: 'NixOS', family: undefined })).toContain('as Debian calls it');
    expect(Object.keys(TOOLS)).toContain('libpcap');
  });
});
