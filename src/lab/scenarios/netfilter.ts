import type { Scenario } from '../scenario.ts';
import { PORT, pair, routed, type Stage } from '../stage.ts';
import { serveTcp, tcpEcho, tcpFilter } from './services.ts';

/** A firewall that a machine may have: everything that is needed is accepted, the rest is up to the policy. */
const firewall = (rules: string, policy = 'accept'): string => `table inet lab
delete table inet lab
table inet lab {
  chain input {
    type filter hook input priority 0; policy ${policy};
    ct state established,related accept
    meta l4proto { icmp, ipv6-icmp } accept
    ${rules}
  }
}`;

const SERVICE = `tcp dport ${PORT} accept`;

const guarded = (rules: string, policy?: string): Pick<Scenario, 'breakIt'> => ({
  breakIt: ({ server }) => server.nft(firewall(rules, policy)),
});

const base = {
  families: ['ipv4', 'ipv6'],
  build: pair,
  setUp: async (stage: Stage): Promise<void> => {
    stage.server.nft(firewall(SERVICE, 'drop'));
    await serveTcp(stage);
  },
  exchange: (stage: Stage) => tcpEcho(stage),
  filter: tcpFilter,
} as const;

export const netfilterRuleDrop: Scenario = {
  ...base,
  id: 'netfilter-rule-drop',
  tools: ['nft'],
  breaks: 'a rule that drops the service is put into the server’s firewall',
  ...guarded(`tcp dport ${PORT} counter drop`),
};

export const netfilterPolicyDrop: Scenario = {
  ...base,
  id: 'netfilter-policy-drop',
  tools: ['nft'],
  breaks: 'the rule that accepts the service is missing, and the policy is drop',
  ...guarded('tcp dport 22 accept', 'drop'),
};

export const netfilterReject: Scenario = {
  ...base,
  id: 'netfilter-reject',
  tools: ['nft'],
  breaks: 'a rule that rejects the service with a TCP reset is put into the server’s firewall',
  ...guarded(`tcp dport ${PORT} counter reject with tcp reset`),
};

const tracked = (rule: string): string => `table inet lab
delete table inet lab
table inet lab { chain forward { type filter hook forward priority 0; ct state new counter; ${rule}
  }
}`;

/** A connection that the router forgets half-way. */
async function forgottenExchange({ client, router, at, notes }: Stage): Promise<string> {
  const agent = await client.agent();
  const opened = await agent.call('open', { name: 'c', port: PORT, host: at.server });
  if (!/^\d+$/.test(opened)) return opened;
  if (notes.has('forget')) router.try('conntrack', '-F');
  return agent.call('over', { name: 'c' });
}

export const conntrackInvalidDropped: Scenario = {
  id: 'conntrack-invalid-dropped',
  tools: ['nft', 'conntrack'],
  families: ['ipv4', 'ipv6'],
  build: routed,
  setUp: async stage => {
    stage.router.nft(tracked('ct state invalid counter drop'));
    await serveTcp(stage);
  },
  exchange: forgottenExchange,
  breaks:
    'the router forgets its connections (conntrack -F), does not pick them up (tcp_loose=0), and drops INVALID',
  breakIt: ({ router, notes }) => {
    router.sysctl('net.netfilter.nf_conntrack_tcp_loose=0');
    notes.set('forget', 'yes');
  },
  filter: tcpFilter,
  heed: ({ router, notes }) => {
    router.sysctl('net.netfilter.nf_conntrack_tcp_loose=1');
    notes.delete('forget');
  },
};
