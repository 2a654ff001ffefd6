import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUnavailable } from '../../base/index.ts';
import { hasCapability } from '../../sys/index.ts';
import type { Place, Read, Reading } from '../reading.ts';
import { CLIENT, knock, nft, run, runIn, SERVER, type Twin, twin, until } from '../testdata/twin.ts';
import {
  conntrackDelta,
  conntrackState,
  cpusWith,
  dumpEntries,
  EntryTally,
  fillOf,
  flowEntries,
  NewConnections,
  sumOf,
} from './index.ts';

function read<T>(value: Read<T>): Reading<T> {
  if (isUnavailable(value)) throw new Error(`${value.what}: ${value.why}`);
  return value;
}

const TRACK = `table inet nwt {
  chain in { type filter hook input priority 0; ct state invalid counter; }
  chain out { type filter hook output priority 0; ct state invalid counter; }
}`;

/** Fills the namespace's table with assured entries: those are not evicted. */
function fill(place: Place, count: number): void {
  let lines = '';
  for (let i = 0; i < count; i++)
    lines += `-A -p tcp -s 10.${200 + (i >> 22)}.${(i >> 14) & 255}.${(i >> 6) & 255} -d 10.201.0.1 --sport ${1024 + (i & 63)} --dport 443 --state ESTABLISHED -t 300 -u ASSURED,SEEN_REPLY\n`;
  const folder = mkdtempSync(join(tmpdir(), 'netwhy-'));
  const file = join(folder, 'entries');
  writeFileSync(file, lines);
  // It ends with an error when there is no more room: that is what it is for.
  spawnSync('ip', ['netns', 'exec', place.name, 'conntrack', '-R', file], { stdio: 'ignore' });
  rmSync(folder, { recursive: true });
}

describe('the connection table of a namespace', () => {
  let both: Twin;
  beforeAll(() => {
    both = twin('t');
    nft(both.client, TRACK);
    nft(both.server, TRACK);
  });
  afterAll(() => {
    both[Symbol.dispose]();
  });

  it('is counted, with its settings', () => {
    knock(both.client, 'udp', SERVER.ipv4, 53);
    const { value, netnsName } = read(conntrackState(both.server));
    expect(netnsName).toBe(both.server.name);
    expect(value.count).toBeGreaterThanOrEqual(1);
    expect(value.max).toBe(Number(readFileSync('/proc/sys/net/netfilter/nf_conntrack_max', 'utf8')));
    expect(value.sysctls).toMatchObject({ tcp_timeout_established: expect.any(Number), tcp_be_liberal: 0 });
    expect(value.stat?.cpus.length).toBeGreaterThanOrEqual(1);
  });

  it('finds the entry of a flow from either end, and over IPv6', () => {
    knock(both.client, 'udp', SERVER.ipv6, 5353);
    const key = { protocol: 'udp', src: CLIENT.ipv6, dst: SERVER.ipv6 };
    const found = read(flowEntries(both.client, key)).value;
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ family: 'ipv6', original: { dport: 5353 }, unreplied: true });
    const { sport, dport } = found[0]!.original;
    const back = { ...key, src: key.dst, dst: key.src, sport: dport!, dport: sport! };
    expect(read(flowEntries(both.server, back)).value).toHaveLength(1);
    expect(read(flowEntries(both.server, { ...back, sport: 1 })).value).toHaveLength(0);
  });

  it('counts new connections as they come, and ends without a trace', async () => {
    const watch = NewConnections.watch(both.client);
    if (isUnavailable(watch)) throw new Error(watch.why);
    await new Promise(r => setTimeout(r, 300));
    for (let port = 1; port <= 5; port++) knock(both.client, 'udp', SERVER.ipv4, 6000 + port);
    await until(() => watch.count >= 5);
    await watch.stop();
    expect(watch.count).toBe(5);
    expect(watch.problem).toBeUndefined();
    expect(runIn(both.client, 'pgrep', '-f', 'conntrack -E -e NEW')).toBe('');
  });

  it('counts a segment that fits no connection as invalid', () => {
    const before = read(conntrackState(both.server)).value;
    run('ip', 'netns', 'exec', both.client.name, 'python3', '-c', STRAY);
    const moved = conntrackDelta(before.stat!, read(conntrackState(both.server)).value.stat!);
    expect(sumOf(moved, 'invalid')).toBeGreaterThanOrEqual(1);
  });

  it('drops new connections when it is full, and tells on which CPU', async () => {
    const { max } = read(conntrackState(both.client)).value;
    expect(max).toBeLessThanOrEqual(1_000_000);
    fill(both.client, max + 64);
    const before = read(conntrackState(both.client)).value;
    expect(fillOf(before)).toBeGreaterThan(0.99);
    for (let i = 0; i < 8; i++) knock(both.client, 'udp', SERVER.ipv4, 7000 + i);
    const moved = conntrackDelta(before.stat!, read(conntrackState(both.client)).value.stat!);
    expect(sumOf(moved, 'drop')).toBeGreaterThanOrEqual(4);
    expect(sumOf(moved, 'insert_failed')).toBe(0);
    expect(cpusWith(moved, 'drop').length).toBeGreaterThanOrEqual(1);
    const tally = new EntryTally();
    const total = await dumpEntries(both.client, entry => tally.add(entry));
    expect(total).toBeGreaterThan(max * 0.99);
    expect(tally.result(3).services[0]).toMatchObject({ key: 'tcp 10.201.0.1:443' });
    runIn(both.client, 'conntrack', '-F');
  });

  it('says when nothing is tracked, or the namespace is no more', () => {
    expect(hasCapability('CAP_NET_ADMIN')).toBe(true);
    const gone = { name: 'gone', path: '/run/netns/nw-no-such', inode: 1 };
    expect(conntrackState(gone)).toMatchObject({ kind: 'unavailable', what: 'network namespace gone' });
  });
});

/** A SYN+ACK that nobody asked for, from a raw socket. */
const STRAY = `
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
def sum16(b):
    t = sum(struct.unpack('!%dH' % (len(b) // 2), b)); t = (t >> 16) + (t & 0xffff); return ~(t + (t >> 16)) & 0xffff
h = struct.pack('!HHIIBBHHH', 4444, 80, 1, 1, 0x50, 0x12, 512, 0, 0)
p = socket.inet_aton('${CLIENT.ipv4}') + socket.inet_aton('${SERVER.ipv4}') + struct.pack('!BBH', 0, 6, len(h))
c = sum16(p + h)
s.sendto(h[:16] + struct.pack('!H', c) + h[18:], ('${SERVER.ipv4}', 0))
`;
