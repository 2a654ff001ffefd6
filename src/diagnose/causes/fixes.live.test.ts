import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Symptom } from '../facts/symptom.ts';
import { judge } from '../judge/judge.ts';
import { DATA, DATAGRAM, evidenceOf, SYN, six, symptom, type Values } from '../testdata/evidence.ts';

const NAME = `nw${process.pid}fix`;
/** A dot in the name: sysctl(8) wants it written in another way. */
const IFNAME = 'v0.7';

function run(command: string): string {
  return execFileSync('sh', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function inside(command: string): string {
  return run(`ip netns exec ${NAME} ${command}`);
}

beforeAll(() => {
  run(`ip netns add ${NAME}`);
  inside(`ip link add ${IFNAME} type veth peer name v1`);
  inside(`ip link set ${IFNAME} up`);
  inside('ip link set v1 up');
  inside(`ip addr add 10.0.0.2/24 dev ${IFNAME}`);
});

afterAll(() => {
  run(`ip netns del ${NAME}`);
});

/** What the judge prints for a drop in the namespace. */
function fixesFor(said: Partial<Symptom>, facts: Values): readonly string[] {
  const netns = statSync(`/run/netns/${NAME}`).ino;
  const namespaces = [{ inode: netns, name: NAME, kind: 'named' as const, path: `/run/netns/${NAME}` }];
  const drop = symptom({ netns, netnsName: NAME, ifname: IFNAME, ...said });
  const [first] = judge(evidenceOf({ symptoms: [drop], facts, more: { namespaces } })).causes;
  return (
    first?.advice
      .filter(({ run: text, hostWide }) => !text.startsWith('#') && !hostWide)
      .map(one => one.run) ?? []
  );
}

function handleOf(chain: string): number {
  return Number(
    /(?:drop|reject.*|masquerade.*|snat.*) # handle (\d+)/.exec(inside(`nft -a list chain ${chain}`))?.[1],
  );
}

const FULL = {
  'ct.count': 9,
  'ct.max': 9,
  'ct.drop.delta': 5,
  'ct.insert_failed.delta': 0,
  'ct.drop.cpu': true,
} as const;
const NETFILTER = { reason: 'NETFILTER_DROP', function: 'nf_hook_slow' };
const NFT = { 'nft.rule.family': 'inet', 'nft.rule.table': 'filter', 'nft.rule.chain': 'input' } as const;
const IPT = {
  'ipt.command': 'iptables',
  'ipt.table': 'filter',
  'ipt.chain': 'INPUT',
  'nft.rule.text': null,
  'nft.policy': null,
} as const;

describe('fixes run as they are printed', () => {
  it('NOTRACK in nftables and iptables, IPv4 and IPv6', () => {
    const all = [DATAGRAM, six(DATAGRAM)].flatMap(packet => fixesFor({ ...NETFILTER, packet }, FULL));
    const notrack = all.filter(text => text.includes('notrack'));
    expect(notrack).toHaveLength(10);
    for (const text of notrack) run(text);
    expect(inside('nft list table inet skiptrack').match(/notrack/g)?.length).toBeGreaterThanOrEqual(4);
    expect(inside('ip6tables -t raw -S').match(/dport 5300/g)).toHaveLength(2);
  });

  it.each([
    ['TCP', SYN],
    ['UDP over IPv6', six(DATAGRAM)],
    ['ICMP', { ...DATAGRAM, protocol: 'icmp', sport: undefined, dport: undefined }],
    ['an answer', { ...SYN, sport: 8100, dport: 40000 }],
  ])('a rule in nftables, %s', (_, packet) => {
    inside(
      "nft 'add table inet filter; flush table inet filter; add chain inet filter input { type filter hook input priority 0; }; add rule inet filter input counter drop'",
    );
    const handle = handleOf('inet filter input');
    const facts = {
      ...NFT,
      'nft.rule.handle': handle,
      'nft.rule.text': 'counter drop',
      'nft.rule.verdict': 'drop',
    };
    const fixes = fixesFor({ ...NETFILTER, packet: JSON.parse(JSON.stringify(packet)) }, facts);
    expect(fixes).toHaveLength(2);
    for (const text of fixes) run(text);
    expect(inside('nft list chain inet filter input')).toMatch(/accept\n/);
    expect(inside('nft list chain inet filter input')).not.toMatch(/drop\n/);
  });

  it('a policy in nftables', () => {
    const facts = { ...NFT, 'nft.rule.text': null, 'nft.policy': 'drop' };
    for (const text of fixesFor(NETFILTER, facts)) run(text);
    expect(inside('nft list chain inet filter input')).toContain('tcp dport 8100 accept');
  });

  it('a rule of iptables with an odd comment', () => {
    inside(`iptables -A INPUT -p tcp --dport 8100 -m comment --comment 'a $(id) " b' -j DROP`);
    const rule = /^-A .*DROP$/m.exec(inside('iptables -S INPUT'))![0];
    const fixes = fixesFor(NETFILTER, { ...IPT, 'ipt.rule': rule, 'ipt.target': 'DROP' });
    expect(fixes).toHaveLength(2);
    for (const text of fixes) run(text);
    expect(inside('iptables -S INPUT').trim().split('\n')).toEqual([
      '-P INPUT ACCEPT',
      '-A INPUT -d 10.0.0.2/32 -p tcp -m tcp --dport 8100 -j ACCEPT',
    ]);
  });

  it('source NAT without its port range', () => {
    inside(
      'nft \'add table ip nat; add chain ip nat post { type nat hook postrouting priority srcnat; }; add rule ip nat post oifname "v0.7" meta l4proto tcp snat to 192.0.2.1:1024-1025\'',
    );
    const snat = {
      ...{
        'nat.snat.family': 'ip',
        'nat.snat.table': 'nat',
        'nat.snat.chain': 'post',
        'nat.snat.handle': handleOf('ip nat post'),
      },
      ...{
        'nat.snat.rule': 'snat to 192.0.2.1:1024-1025',
        'nat.snat.wide': 'oifname "v0.7" meta l4proto tcp snat to 192.0.2.1',
      },
      ...{ 'ct.drop.delta': 4, 'ct.insert_failed.delta': 4, 'ct.found.delta': 90 },
    };
    const fixes = fixesFor(NETFILTER, snat).filter(text => text.includes('nft'));
    expect(fixes).toHaveLength(1);
    for (const text of fixes) run(text);
    expect(inside('nft list chain ip nat post')).toMatch(/snat to 192\.0\.2\.1\n/);
  });

  it('the segment size clamp', () => {
    const facts = { 'route.out.ifname': IFNAME, 'link.mtu': 1500 } as const;
    const fixes = fixesFor({ reason: 'PKT_TOO_BIG', function: 'ip_forward', packet: DATA }, facts);
    expect(fixes).toHaveLength(2);
    for (const text of fixes) run(text);
    expect(inside('nft list table inet mssclamp')).toContain('set rt mtu');
  });

  it('a blackhole, and reverse-path filtering on an interface with a dot', () => {
    inside('ip route add blackhole 10.9.0.0/24');
    const facts = { 'route.type': 'blackhole', 'route.match': 'blackhole 10.9.0.0/24' } as const;
    for (const text of fixesFor({ reason: 'NOT_SPECIFIED', function: 'ip_error' }, facts)) run(text);
    expect(inside('ip route show type blackhole').trim()).toBe('');
    inside('sysctl -qw net.ipv4.conf.v0/7.rp_filter=1');
    const filtered = { 'sysctl.rp_filter': 1, 'route.back.ifname': 'v1' } as const;
    for (const text of fixesFor({ reason: 'IP_RPFILTER', packet: { ...SYN, src: '10.8.0.1' } }, filtered))
      run(text);
    expect(inside('sysctl -n net.ipv4.conf.v0/7.rp_filter').trim()).toBe('2');
    expect(inside('ip route get 10.8.0.1')).toContain(IFNAME);
  });

  it('a wider queue', () => {
    inside(`tc qdisc add dev ${IFNAME} root handle 1: pfifo limit 10`);
    const facts = {
      'link.carrier': true,
      'qdisc.dropped.delta': 5,
      'qdisc.wider': 'root handle 1: pfifo limit 40',
    } as const;
    for (const text of fixesFor({ reason: 'QDISC_DROP', function: '__dev_queue_xmit' }, facts)) run(text);
    expect(inside(`tc qdisc show dev ${IFNAME}`)).toContain('limit 40p');
  });
});
