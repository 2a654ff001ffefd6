import { ALL, type Case, NEWER } from './case.ts';
import { DATA, DATAGRAM, reset, ROUTER, six, SYN, symptom } from './evidence.ts';

const HOOK = symptom({ reason: 'NETFILTER_DROP', function: 'nf_hook_slow' });
const HOOK6 = symptom({ reason: 'NETFILTER_DROP', function: 'nf_hook_slow', packet: six(SYN) });
const CHAIN = symptom({ reason: 'NETFILTER_DROP', function: 'nft_do_chain' });
const CHAIN6 = symptom({ reason: 'NETFILTER_DROP', function: 'nft_do_chain', packet: six(SYN) });
const NO_RULE = {
  'nft.rule.text': null,
  'nft.policy': null,
  'ipt.rule': null,
  'ipt.policy': null,
  'ipt.target': null,
} as const;
const NFT_PLACE = {
  ...{
    'nft.rule.family': 'inet',
    'nft.rule.table': 'filter',
    'nft.rule.chain': 'input',
    'nft.rule.handle': 5,
  },
} as const;
const RULE = {
  ...NFT_PLACE,
  'nft.rule.text': 'tcp dport 8100 counter packets 3 bytes 180 drop',
  'nft.rule.verdict': 'drop',
  'nft.policy': null,
} as const;
const IPT = {
  'ipt.command': 'iptables',
  'ipt.table': 'filter',
  'ipt.chain': 'INPUT',
  'nft.rule.text': null,
  'nft.policy': null,
} as const;
const FULL = {
  'ct.count': 262144,
  'ct.max': 262144,
  'ct.drop.delta': 12,
  'ct.insert_failed.delta': 0,
  'ct.early_drop.delta': 0,
} as const;
const CLASH = {
  ...{
    'ct.count': 900,
    'ct.max': 262144,
    'ct.drop.delta': 4,
    'ct.insert_failed.delta': 4,
    'ct.found.delta': 512,
    'ct.early_drop.delta': 0,
  },
  ...{
    'nat.snat.rule': 'oifname "eth0" snat to 192.0.2.1:1024-1025',
    'nat.snat.family': 'ip',
    'nat.snat.table': 'nat',
  },
  ...{
    'nat.snat.chain': 'post',
    'nat.snat.handle': 4,
    'nat.snat.wide': 'oifname "eth0" snat to 192.0.2.1',
    'log.table_full': null,
  },
} as const;
const STRAY = reset({ reason: 'NO_SOCKET', packet: DATA, state: 'NONE' });
const INVALID = {
  ...{
    'ct.invalid.delta': { value: 9, about: { netns: ROUTER } },
    'ct.untranslated': true,
    'sysctl.tcp_be_liberal': 0,
  },
} as const;
const INVALID_RULE = {
  ...NFT_PLACE,
  'nft.rule.text': 'ct state invalid drop',
  'nft.rule.verdict': 'drop',
  'nft.policy': null,
  'ct.invalid.delta': 3,
} as const;

export const NETFILTER_CASES: readonly Case[] = [
  {
    name: 'new connections find no room, trace saw no rule',
    on: ALL,
    symptoms: [HOOK],
    facts: { ...FULL, ...NO_RULE },
    is: 'conntrack-table-full',
    sure: 'certain',
    near: [
      { name: 'a rule dropped it while the table was full', facts: { ...RULE }, is: 'netfilter-rule-drop' },
      {
        name: 'the table has room and nothing was counted',
        facts: { 'ct.count': 10, 'ct.drop.delta': 0, 'log.table_full': null },
        is: 'unknown',
      },
    ],
  },
  {
    name: 'the same over IPv6',
    on: ALL,
    symptoms: [HOOK6],
    facts: { ...FULL, ...NO_RULE },
    is: 'conntrack-table-full',
    sure: 'certain',
  },
  {
    name: 'the drop column moved on the CPU of the drops',
    on: ALL,
    symptoms: [HOOK],
    facts: { ...FULL, 'ct.drop.cpu': true },
    is: 'conntrack-table-full',
    sure: 'certain',
  },
  {
    name: 'only the counter, no packet',
    on: ALL,
    facts: { ...FULL },
    is: 'conntrack-table-full',
    sure: 'certain',
  },
  {
    name: 'the kernel log says so, rules unknown',
    on: ALL,
    symptoms: [HOOK],
    facts: { ...FULL, 'log.table_full': 'nf_conntrack: table full, dropping packet' },
    is: 'conntrack-table-full',
    sure: 'likely',
  },
  {
    name: 'a pool of two ports, five flows',
    on: ALL,
    symptoms: [HOOK],
    facts: CLASH,
    is: 'snat-ports-exhausted',
    sure: 'certain',
    near: [
      {
        name: 'no NAT rule: a race of two packets',
        facts: { 'nat.snat.rule': null, ...NO_RULE },
        is: 'unknown',
      },
      {
        name: 'the table is full instead',
        facts: { ...FULL, 'ct.found.delta': 0, ...NO_RULE },
        is: 'conntrack-table-full',
      },
    ],
  },
  {
    name: 'UDP runs out of ports',
    on: ALL,
    symptoms: [symptom({ reason: 'NETFILTER_DROP', function: 'nf_hook_slow', packet: DATAGRAM })],
    facts: CLASH,
    is: 'snat-ports-exhausted',
    sure: 'certain',
  },
  {
    name: 'IPv6 masquerade runs out of ports',
    on: ALL,
    symptoms: [HOOK6],
    facts: CLASH,
    is: 'snat-ports-exhausted',
    sure: 'certain',
  },
  {
    name: 'an untranslated segment is answered by a reset',
    on: NEWER,
    symptoms: [STRAY],
    facts: INVALID,
    is: 'conntrack-invalid-reset',
    sure: 'certain',
    near: [
      {
        name: 'nothing was invalid',
        facts: { 'ct.invalid.delta': { value: 0, about: { netns: ROUTER } } },
        is: 'healthy',
      },
      {
        name: 'it was a SYN to a closed port',
        symptoms: [reset({ reason: 'NO_SOCKET', packet: SYN, state: 'NONE' })],
        facts: {},
        is: 'tcp-no-listener',
      },
    ],
  },
  {
    name: 'an untranslated segment reaches a listener',
    on: NEWER,
    symptoms: [reset({ reason: 'TCP_FLAGS', packet: { ...DATA, tcpFlags: 'A' }, state: 'LISTEN' })],
    facts: INVALID,
    is: 'conntrack-invalid-reset',
    sure: 'certain',
  },
  {
    name: 'a kernel without reset reasons',
    on: ['6.1'],
    symptoms: [reset({ packet: DATA, state: 'NONE' })],
    facts: INVALID,
    is: 'conntrack-invalid-reset',
    sure: 'certain',
  },
  {
    name: 'seen as a drop only, the log names the flow',
    on: ALL,
    symptoms: [symptom({ reason: 'NO_SOCKET', function: 'tcp_v4_rcv', packet: DATA })],
    facts: { 'ct.invalid.delta': { value: 2, about: { netns: ROUTER } } },
    is: 'conntrack-invalid-reset',
    sure: 'likely',
  },
  {
    name: 'over IPv6',
    on: NEWER,
    symptoms: [reset({ reason: 'NO_SOCKET', packet: six(DATA), state: 'NONE' })],
    facts: INVALID,
    is: 'conntrack-invalid-reset',
    sure: 'certain',
  },
  {
    name: 'an nftables rule drops invalid ones',
    on: ALL,
    symptoms: [symptom({ reason: 'NETFILTER_DROP', function: 'nft_do_chain', packet: DATA })],
    facts: INVALID_RULE,
    is: 'conntrack-invalid-dropped',
    sure: 'certain',
    near: [{ name: 'another rule', facts: RULE, is: 'netfilter-rule-drop' }],
  },
  {
    name: 'an iptables rule drops invalid ones',
    on: ALL,
    symptoms: [symptom({ reason: 'NETFILTER_DROP', function: 'nf_hook_slow', packet: DATA })],
    facts: {
      ...IPT,
      'ipt.rule': '-A INPUT -m conntrack --ctstate INVALID -j DROP',
      'ipt.target': 'DROP',
      'ct.invalid.delta': 2,
    },
    is: 'conntrack-invalid-dropped',
    sure: 'certain',
  },
  {
    name: 'no trace, but such a rule and such packets',
    on: ALL,
    symptoms: [HOOK6],
    facts: { 'ct.invalid.delta': 2, 'nft.invalid.rule': 'ct state invalid drop' },
    is: 'conntrack-invalid-dropped',
    sure: 'likely',
  },
  {
    name: 'nft trace names the rule',
    on: NEWER,
    symptoms: [CHAIN],
    facts: RULE,
    is: 'netfilter-rule-drop',
    sure: 'certain',
    near: [
      {
        name: 'the policy did it',
        facts: { 'nft.rule.text': null, 'nft.policy': 'drop' },
        is: 'netfilter-policy-drop',
      },
      {
        name: 'the rule rejects',
        facts: { 'nft.rule.text': 'tcp dport 8100 reject with tcp reset' },
        is: 'netfilter-reject',
      },
      {
        name: 'nobody traced',
        facts: { 'nft.rule.text': undefined, 'nft.rule.verdict': undefined, 'nft.policy': undefined },
        is: 'unknown',
      },
    ],
  },
  {
    name: 'nft on a kernel that frees at the hook',
    on: ['6.1'],
    symptoms: [HOOK],
    facts: RULE,
    is: 'netfilter-rule-drop',
    sure: 'certain',
  },
  {
    name: 'IPv6',
    on: NEWER,
    symptoms: [CHAIN6],
    facts: { ...RULE, 'nft.rule.family': 'ip6' },
    is: 'netfilter-rule-drop',
    sure: 'certain',
  },
  {
    name: 'legacy iptables',
    on: ALL,
    symptoms: [HOOK],
    facts: {
      ...IPT,
      'ipt.rule': '-A INPUT -p tcp -m tcp --dport 8100 -m comment --comment "no $(web)" -j DROP',
      'ipt.target': 'DROP',
    },
    is: 'netfilter-rule-drop',
    sure: 'certain',
  },
  {
    name: 'nothing accepts, nftables',
    on: NEWER,
    symptoms: [CHAIN],
    facts: { ...NFT_PLACE, 'nft.rule.text': null, 'nft.policy': 'drop' },
    is: 'netfilter-policy-drop',
    sure: 'certain',
    near: [{ name: 'a rule dropped it', facts: RULE, is: 'netfilter-rule-drop' }],
  },
  {
    name: 'nothing accepts, iptables',
    on: ALL,
    symptoms: [HOOK6],
    facts: { ...IPT, 'ipt.command': 'ip6tables', 'ipt.rule': null, 'ipt.policy': 'DROP' },
    is: 'netfilter-policy-drop',
    sure: 'certain',
  },
  {
    name: 'reject, nftables',
    on: NEWER,
    symptoms: [CHAIN],
    facts: {
      ...NFT_PLACE,
      'nft.rule.text': 'tcp dport 8100 reject',
      'nft.rule.verdict': 'drop',
      'nft.policy': null,
    },
    is: 'netfilter-reject',
    sure: 'certain',
    near: [{ name: 'a plain drop', facts: RULE, is: 'netfilter-rule-drop' }],
  },
  {
    name: 'REJECT, iptables',
    on: ALL,
    symptoms: [HOOK],
    facts: {
      ...IPT,
      'ipt.rule': '-A INPUT -p tcp --dport 8100 -j REJECT --reject-with tcp-reset',
      'ipt.target': 'REJECT',
    },
    is: 'netfilter-reject',
    sure: 'certain',
  },
  {
    name: 'an ICMP error gives it away',
    on: ALL,
    symptoms: [HOOK6],
    facts: { 'icmp.sent.type': 1, 'icmp.sent.code': 1 },
    is: 'netfilter-reject',
    sure: 'likely',
  },
];
