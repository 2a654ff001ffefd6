import type { Cause, Fix } from './cause.ts';
import type { Condition } from './condition.ts';
import { dropped } from './forms.ts';

const INVALID = '\\bct\\s+state\\b[^;]*\\binvalid\\b';
const SEE = ['net/netfilter/nf_tables_core.c', 'net/netfilter/core.c', 'man 8 nft', 'man 8 iptables'];
const CHECK: Cause['check'] = [{ run: 'nft list ruleset' }, { run: 'iptables-save -c' }];
const RULES = [
  '{nft.rule.family} {nft.rule.table} {nft.rule.chain}: {nft.rule.text}',
  '{ipt.table} {ipt.chain}: {ipt.rule}',
];

const NFT_RULE: Condition = {
  all: [
    { fact: 'nft.rule.text', exists: true },
    { fact: 'nft.rule.text', lacks: `${INVALID}|\\breject\\b` },
    { fact: 'nft.rule.verdict', is: 'drop' },
  ],
};
const IPT_RULE: Condition = {
  all: [
    { fact: 'ipt.rule', exists: true },
    { fact: 'ipt.rule', lacks: '--(?:ct)?state\\s+\\S*INVALID' },
    { fact: 'ipt.target', is: 'DROP' },
  ],
};

/** Let this service pass before the rule; else take the rule away. */
const AROUND_RULE: readonly Fix[] = [
  {
    run: 'nft insert rule {nft.rule.family} {nft.rule.table} {nft.rule.chain} position {nft.rule.handle} {packet.match.nft|words} accept',
    changes: 'packets of this service pass before the rule; the rule stays',
    risk: 'Whoever wrote the rule may have meant it. It is gone with the next reload of the firewall.',
  },
  {
    run: 'nft delete rule {nft.rule.family} {nft.rule.table} {nft.rule.chain} handle {nft.rule.handle}',
    changes: 'the rule is gone, for everything that it matched',
    risk: 'Opens more than this service.',
  },
  {
    run: '{ipt.command} -t {ipt.table} -I {ipt.chain} {packet.match.ipt|words} -j ACCEPT',
    changes: 'packets of this service pass before the rule; the rule stays',
    risk: 'Whoever wrote the rule may have meant it. It is gone with the next reload of the firewall.',
  },
  {
    run: '{ipt.command} -t {ipt.table} -D {ipt.chain} {ipt.rule|rule}',
    changes: 'the rule is gone, for everything that it matched',
    risk: 'Opens more than this service.',
  },
];

export const netfilterRuleDrop: Cause = {
  id: 'netfilter-rule-drop',
  title: 'A firewall rule dropped the packet',
  when: [dropped('NETFILTER_DROP'), { any: [NFT_RULE, IPT_RULE] }],
  sure: 'certain',
  says: [
    'The rule "{nft.rule.text}" in {nft.rule.family} {nft.rule.table}, chain {nft.rule.chain}, dropped it.',
    'The rule "{ipt.rule}" in table {ipt.table} dropped it.',
  ],
  rule: RULES,
  shows: ['drop.function', 'rule.counter.delta', 'packet.flow', 'log.rule'],
  fix: AROUND_RULE,
  check: CHECK,
  settles: [
    'Trace the packets through the rules (netwhy rules), or compare the rules’ counters before and after.',
  ],
  see: SEE,
};

export const netfilterPolicyDrop: Cause = {
  id: 'netfilter-policy-drop',
  title: 'No firewall rule accepted the packet, and the chain’s policy is drop',
  when: [
    dropped('NETFILTER_DROP'),
    {
      any: [
        { fact: 'nft.policy', is: 'drop' },
        { fact: 'ipt.policy', is: 'DROP' },
      ],
    },
  ],
  sure: 'certain',
  says: [
    'It met no rule that accepts it; the policy of {nft.rule.family} {nft.rule.table}, chain {nft.rule.chain}, is {nft.policy}.',
    'It met no rule that accepts it; the policy of chain {ipt.chain} in table {ipt.table} is {ipt.policy}.',
  ],
  rule: [
    '{nft.rule.family} {nft.rule.table} {nft.rule.chain}: policy {nft.policy}',
    '{ipt.table} {ipt.chain}: policy {ipt.policy}',
  ],
  shows: ['drop.function', 'rule.counter.delta', 'packet.flow', 'log.rule'],
  fix: [
    {
      run: 'nft add rule {nft.rule.family} {nft.rule.table} {nft.rule.chain} {packet.match.nft|words} accept',
      when: [{ fact: 'nft.policy', is: 'drop' }],
      changes: 'packets of this service are accepted; the policy stays',
      risk: 'It is gone with the next reload of the firewall.',
    },
    {
      run: '{ipt.command} -t {ipt.table} -A {ipt.chain} {packet.match.ipt|words} -j ACCEPT',
      when: [{ fact: 'ipt.policy', is: 'DROP' }],
      changes: 'packets of this service are accepted; the policy stays',
      risk: 'It is gone with the next reload of the firewall.',
    },
  ],
  check: CHECK,
  settles: [
    'Trace the packets through the rules (netwhy rules), and look for chains with policy drop (nft list ruleset, iptables-save).',
  ],
  see: SEE,
};

const REJECTS: Condition = {
  any: [
    { fact: 'nft.rule.text', matches: '\\breject\\b' },
    { fact: 'ipt.target', is: 'REJECT' },
  ],
};

export const netfilterReject: Cause = {
  id: 'netfilter-reject',
  title: 'A firewall rule refused the packet and told its sender',
  when: [
    dropped('NETFILTER_DROP'),
    {
      any: [
        REJECTS,
        { fact: 'icmp.sent.type', oneOf: [3, 1] },
        {
          fact: 'drop.stack',
          hasAny: [
            'reject_tg',
            'reject_tg6',
            'nft_reject_inet_eval',
            'nft_reject_ipv4_eval',
            'nft_reject_ipv6_eval',
            'nf_send_reset',
            'nf_send_reset6',
          ],
        },
      ],
    },
  ],
  sure: 'likely',
  sureIf: [{ sure: 'certain', all: [REJECTS] }],
  says: [
    'The rule "{nft.rule.text}" in {nft.rule.family} {nft.rule.table}, chain {nft.rule.chain}, refused it: the sender gets an error at once.',
    'The rule "{ipt.rule}" in table {ipt.table} refused it: the sender gets an error at once.',
    'Netfilter dropped it and an ICMP error (type {icmp.sent.type}, code {icmp.sent.code}) went back: a rule that rejects.',
  ],
  rule: RULES,
  shows: [
    'drop.function',
    'icmp.sent.type',
    'icmp.sent.code',
    'icmp.sent.count',
    'rule.counter.delta',
    'packet.flow',
    'log.rule',
  ],
  fix: [
    ...AROUND_RULE,
    {
      run: 'find the rule that rejects {packet.flow} (netwhy rules, nft list ruleset, iptables-save -c) and accept this service before it',
      when: [
        { fact: 'icmp.sent.type', exists: true },
        { fact: 'drop.reason', exists: true },
      ],
      advice: true,
      changes: 'the root of it',
    },
  ],
  check: CHECK,
  settles: [
    'Trace the packets through the rules (netwhy rules), or look for rules with reject (nft list ruleset, iptables-save -c).',
  ],
  see: [...SEE, 'net/ipv4/netfilter/nf_reject_ipv4.c', 'net/ipv6/netfilter/nf_reject_ipv6.c'],
};
