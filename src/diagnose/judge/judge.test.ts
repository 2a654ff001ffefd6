import { describe, expect, it } from 'vitest';
import { unavailable } from '../../base/index.ts';
import { joinIncidents } from '../facts/join.ts';
import { BENIGN_STORIES } from '../testdata/benign.ts';
import {
  DATA,
  DATAGRAM,
  evidenceOf,
  NAMESPACES,
  ROUTER,
  reset,
  SYN,
  symptom,
  TIME,
  WEB,
} from '../testdata/evidence.ts';
import { unseenOf } from './evidence.ts';
import { judge } from './judge.ts';
import { questionsOf } from './questions.ts';

describe('a healthy machine', () => {
  it.each(BENIGN_STORIES.map(story => [story.name, story] as const))('%s', (_, story) => {
    const verdict = judge(evidenceOf(story));
    expect(verdict.verdict).toBe('healthy');
    expect(verdict.causes.map(({ id }) => id)).toEqual(['nothing-dropped-here']);
  });
});

describe('what cannot be said', () => {
  const quiet = { seen: { packets: 10, dropped: 0, benign: 0, resets: 0 } };
  const drops = unavailable('drops', 'no CAP_BPF', 'run as root');

  it.each([
    ['events were lost', { lost: 3 }],
    ['drops could not be watched', { unseen: [unseenOf(drops, true)] }],
    ['the filter matched nothing', { filter: 'host 192.0.2.1', seen: { ...quiet.seen, packets: 0 } }],
  ])('no clean bill of health when %s', (_, more) => {
    const verdict = judge(evidenceOf({ more: { ...quiet, ...more } }));
    expect([verdict.verdict, verdict.causes]).toEqual(['unknown', []]);
  });

  it('a clean bill of health when only a minor part was not seen', () => {
    expect(judge(evidenceOf({ more: { ...quiet, unseen: [unseenOf(drops)] } })).verdict).toBe('healthy');
  });

  it('a drop that nothing explains is shown, and the verdict is unknown', () => {
    const verdict = judge(
      evidenceOf({ symptoms: [symptom({ reason: 'XFRM_POLICY', function: 'xfrm_lookup' })] }),
    );
    expect(verdict.verdict).toBe('unknown');
    expect(verdict.unexplained).toMatchObject([
      { reason: 'XFRM_POLICY', where: { function: 'xfrm_lookup', netnsName: 'web' }, packets: 1 },
    ]);
  });

  it('says why nobody knows', () => {
    const gap = {
      names: ['socket.filter' as const],
      about: {},
      why: unavailable('ss', 'ss is not installed', 'apt-get install iproute2'),
    };
    const verdict = judge(
      evidenceOf({ symptoms: [symptom({ reason: 'SOCKET_FILTER' })], more: { gaps: [gap] } }),
    );
    expect(verdict.causes[0]).toMatchObject({
      id: 'socket-filter-drop',
      sure: 'possible',
      fix: [],
      unknown: ['socket.filter'],
    });
    expect(verdict.causes[0]?.says).toContain('ss is not installed');
  });
});

describe('resets', () => {
  const odd = reset({ reason: 'TCP_KEEPALIVE_TIMEOUT', packet: DATA, function: 'tcp_send_active_reset' });
  const seen = { packets: 10, dropped: 0, benign: 0, resets: 1 };

  it('are everyday life on a whole machine, and a question when asked about', () => {
    expect(judge(evidenceOf({ symptoms: [odd], more: { seen } })).verdict).toBe('healthy');
    expect(judge(evidenceOf({ symptoms: [odd], more: { seen, filter: 'port 8100' } })).verdict).toBe(
      'unknown',
    );
  });

  it('received for a connection that is explained are part of it', () => {
    const refused = reset({
      direction: 'received',
      packet: { ...SYN, src: SYN.dst!, dst: SYN.src!, sport: 8100, dport: 40000, tcpFlags: 'RA' },
    });
    const verdict = judge(
      evidenceOf({ symptoms: [symptom({ reason: 'NO_SOCKET', function: 'tcp_v4_rcv' }), refused] }),
    );
    expect([verdict.causes.map(({ id }) => id), verdict.unexplained]).toEqual([['tcp-no-listener'], []]);
  });
});

describe('order and merging', () => {
  const rule = {
    'nft.rule.text': 'drop',
    'nft.rule.verdict': 'drop',
    'nft.rule.family': 'inet',
    'nft.rule.table': 't',
    'nft.rule.chain': 'c',
    'nft.rule.handle': 1,
  } as const;

  it('the drop and the reset of one refused connection are one cause', () => {
    const symptoms = [
      symptom({ reason: 'NO_SOCKET', function: 'tcp_v4_rcv', count: 4 }),
      reset({ reason: 'NO_SOCKET', state: 'NONE', count: 4 }),
    ];
    expect(judge(evidenceOf({ symptoms })).causes).toMatchObject([{ id: 'tcp-no-listener', packets: 4 }]);
  });

  it('a packet freed outside its namespace belongs to the others of its flow', () => {
    const fragment = { ...DATAGRAM, fragment: { offset: 0, more: true, id: 1 } };
    const expired = symptom({ reason: 'FRAG_REASM_TIMEOUT', function: 'ip_expire', packet: fragment });
    const purged = symptom({
      reason: 'FRAG_REASM_TIMEOUT',
      function: 'inet_frag_rbtree_purge',
      packet: fragment,
      netns: null,
      netnsName: null,
      ifname: null,
    });
    const { causes } = judge(evidenceOf({ symptoms: [expired, purged] }));
    expect(causes).toMatchObject([
      { id: 'fragment-lost', packets: 2, where: { netns: WEB, function: 'ip_expire' } },
    ]);
  });

  it('the root comes before what follows from it, however many packets that has', () => {
    const symptoms = [
      symptom({ reason: 'NEIGH_FAILED', function: 'arp_error_report', count: 900 }),
      symptom({ reason: 'QDISC_DROP', function: '__dev_queue_xmit', count: 3 }),
    ];
    const verdict = judge(evidenceOf({ symptoms, facts: { 'link.carrier': false, 'link.up': true } }));
    expect(verdict.causes.map(({ id }) => id)).toEqual(['link-no-carrier', 'neighbour-unresolved']);
  });

  it('surer first, then more packets', () => {
    const symptoms = [
      symptom({ reason: 'TCP_CSUM', count: 2 }),
      symptom({ reason: 'UDP_CSUM', packet: DATAGRAM, count: 50, ifname: 'veth1' }),
      symptom({ reason: 'NETFILTER_DROP', function: 'nf_hook_slow', count: 500 }),
    ];
    const ids = judge(evidenceOf({ symptoms })).causes.map(({ id, sure }) => `${id} ${sure}`);
    expect(ids.slice(0, 3)).toEqual([
      'checksum-bad certain',
      'checksum-bad certain',
      'conntrack-table-full possible',
    ]);
  });

  it('many alike are folded into one', () => {
    const symptoms = Array.from({ length: 40 }, (_, port) =>
      symptom({ reason: 'NO_SOCKET', function: 'tcp_v4_rcv', packet: { ...SYN, dport: 1000 + port } }),
    );
    const { causes } = judge(evidenceOf({ symptoms }));
    expect(causes.length).toBe(1);
    expect(causes.reduce((sum, { packets }) => sum + packets, 0)).toBe(40);
    expect(causes[0]?.says).toContain('(39 more alike)');
  });

  it('a counter with a filter is only likely, unless something of the flow ties it', () => {
    const more = { filter: 'port 8100' };
    const facts = { 'netstat.ListenOverflows.delta': 3 };
    expect(judge(evidenceOf({ facts, more })).causes[0]?.sure).toBe('likely');
    const tied = { ...facts, 'socket.recvq': 6, 'socket.backlog': 5 };
    expect(judge(evidenceOf({ facts: tied, more })).causes[0]?.sure).toBe('certain');
  });

  it('names the rule and the place', () => {
    const { causes } = judge(
      evidenceOf({
        symptoms: [symptom({ reason: 'NETFILTER_DROP', function: 'nft_do_chain' })],
        facts: rule,
      }),
    );
    expect(causes[0]?.where).toEqual({
      function: 'nft_do_chain',
      ifname: 'veth0',
      netns: WEB,
      netnsName: 'web',
      rule: 'inet t c: drop',
    });
  });
});

describe('commands', () => {
  const quiet = symptom({ reason: 'IP_RPFILTER', ifname: 'eth0.7' });
  const facts = { 'sysctl.rp_filter': 1, 'route.back.ifname': 'eth1' } as const;

  function fixIn(namespace: number, netnsName: string | null, ifname = 'eth0.7'): readonly string[] {
    return (
      judge(evidenceOf({ symptoms: [{ ...quiet, netns: namespace, netnsName, ifname }], facts })).causes[0]
        ?.fix ?? []
    );
  }

  it('run in the namespace of the drop', () => {
    expect(fixIn(WEB, 'web')[0]).toBe('ip netns exec web sysctl -w net.ipv4.conf.eth0/7.rp_filter=2');
    expect(fixIn(ROUTER, null)[0]).toBe(
      'nsenter --net=/proc/77/ns/net sysctl -w net.ipv4.conf.eth0/7.rp_filter=2',
    );
    expect(fixIn(NAMESPACES[0]!.inode, 'host')[0]).toBe('sysctl -w net.ipv4.conf.eth0/7.rp_filter=2');
  });

  it('are left out when the namespace is not known, unless there is only one', () => {
    const symptoms = [{ ...symptom({ reason: 'TCP_CSUM' }), netns: null, netnsName: null }];
    const fixOf = (namespaces: typeof NAMESPACES): readonly string[] =>
      judge(evidenceOf({ symptoms, more: { namespaces } })).causes[0]?.fix.filter(
        run => !run.startsWith('#'),
      ) ?? [];
    expect(fixOf(NAMESPACES)).toEqual([]);
    expect(fixOf(NAMESPACES.slice(0, 1))).toEqual(['ethtool -K veth0 rx off']);
  });

  it('are left out when nobody can get into that namespace', () => {
    expect(fixIn(99, null)).toEqual([]);
  });

  it('run where the evidence was found, not where the symptom is', () => {
    const symptoms = [reset({ reason: 'NO_SOCKET', packet: DATA, state: 'NONE' })];
    const invalid = { 'ct.invalid.delta': { value: 4, about: { netns: ROUTER } }, 'ct.untranslated': true };
    expect(judge(evidenceOf({ symptoms, facts: invalid })).causes[0]?.fix[0]).toBe(
      'nsenter --net=/proc/77/ns/net sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1',
    );
  });

  it('quote whatever an interface, a rule or a filter is called', () => {
    const evil = "x;reboot '$(id)'";
    expect(fixIn(WEB, 'web', evil)[0]).toBe(
      "ip netns exec web sysctl -w net.ipv4.conf.'x;reboot '\\''$(id)'\\'''.rp_filter=2",
    );
    const ipt = {
      'ipt.command': 'iptables',
      'ipt.table': 'filter',
      'ipt.chain': 'IN',
      'ipt.target': 'DROP',
      'ipt.rule': '-A IN -m comment --comment "a $(id) \\" b\n; c" -j DROP',
    };
    const drop = symptom({ reason: 'NETFILTER_DROP', function: 'nf_hook_slow' });
    const { fix = [] } = judge(evidenceOf({ symptoms: [drop], facts: ipt })).causes[0] ?? {};
    expect(fix[1]).toBe(
      `ip netns exec web iptables -t filter -D IN -m comment --comment 'a $(id) " b ; c' -j DROP`,
    );
    expect(fix.join('').includes('\n')).toBe(false);
  });

  it('offer NOTRACK for both families and both tools, and say what is host-wide', () => {
    const six = (family: 'ipv4' | 'ipv6') =>
      symptom({ reason: 'NETFILTER_DROP', function: 'nf_hook_slow', packet: { ...DATAGRAM, family } });
    const full = {
      'ct.count': 100,
      'ct.max': 100,
      'ct.drop.delta': 5,
      'ct.insert_failed.delta': 0,
      'ct.drop.cpu': true,
    } as const;
    const [v4, v6] = (['ipv4', 'ipv6'] as const).map(
      family => judge(evidenceOf({ symptoms: [six(family)], facts: full })).causes[0]!,
    );
    expect(v4!.advice[0]).toMatchObject({
      run: 'sysctl -w net.netfilter.nf_conntrack_max=200',
      hostWide: true,
    });
    expect(v4!.fix).toContain(
      'ip netns exec web iptables -t raw -I PREROUTING -p udp --dport 5300 -j CT --notrack',
    );
    expect(v6!.fix).toContain(
      'ip netns exec web ip6tables -t raw -I OUTPUT -p udp --sport 5300 -j CT --notrack',
    );
    expect(v6!.fix.some(run => run.startsWith("ip netns exec web nft 'add table inet skiptrack;"))).toBe(
      true,
    );
  });
});

describe('questions', () => {
  it('asks for what would decide, and for nothing once it is decided', () => {
    const symptoms = [symptom({ reason: 'IP_RPFILTER' })];
    const asked = questionsOf(evidenceOf({ symptoms }));
    expect(asked).toMatchObject([{ facts: ['route.back.ifname', 'sysctl.rp_filter'] }]);
    const facts = { 'sysctl.rp_filter': 1, 'route.back.ifname': 'eth9' } as const;
    expect(questionsOf(evidenceOf({ symptoms, facts }))).toEqual([]);
  });
});

describe('incidents', () => {
  it('join what is alike and keep apart what is not', () => {
    const ports = [40001, 40002, 40003].map(sport =>
      symptom({ packet: { ...SYN, sport }, time: `2026-01-01T00:00:0${sport - 40000}Z` }),
    );
    const joined = joinIncidents([
      ...ports,
      symptom({ packet: DATA }),
      symptom({ function: 'kfree.cold' }),
      symptom({ netns: ROUTER }),
    ]);
    expect(joined.map(({ count }) => count).sort()).toEqual([1, 1, 4]);
    const [opening] = joined.filter(({ count }) => count === 4);
    expect([opening?.first, opening?.last, opening?.samples.length]).toEqual([
      '2026-01-01T00:00:01Z',
      TIME,
      4,
    ]);
  });
});
