import type { ConntrackFinding, ConntrackHealth } from '../../events/index.ts';

type Facts = Omit<ConntrackHealth, 'findings'> & { readonly sysctls: Readonly<Record<string, number>> };

interface Rule {
  readonly id: string;
  readonly level: ConntrackFinding['level'];
  readonly when: (facts: Facts) => boolean;
  readonly says: (facts: Facts) => string;
  readonly do: (facts: Facts) => readonly string[];
}

/** At this fill the next burst is dropped. */
const FULL = 0.95;
const FILLING = 0.8;
/** Counting NAT's tries: more than this per new connection means that ports run out. */
const MANY_TRIES = 4;

const moved = ({ moved: counts }: Facts, column: string): number => counts[column] ?? 0;
const percent = ({ fill }: Facts): string => `${(fill * 100).toFixed(fill < 0.1 ? 1 : 0)}%`;
/** One limit for all namespaces, which only the first one can set. */
const there = ({ netnsName }: Facts): string =>
  netnsName === 'host' ? '' : '   # in the first namespace, for all';
const raise = (facts: Facts): string =>
  `sysctl -w net.netfilter.nf_conntrack_max=${facts.max * 2}${there(facts)}`;

/** Judged from top to bottom; sources: net/netfilter/nf_conntrack_core.c, nf_nat_core.c, nf_conntrack_standalone.c. */
const RULES: readonly Rule[] = [
  {
    id: 'table-full',
    level: 'problem',
    when: facts => moved(facts, 'drop') > moved(facts, 'insert_failed') && facts.fill >= FILLING,
    says: facts =>
      `The table is full (${facts.count} of ${facts.max}): ${moved(facts, 'drop')} packets of new connections were dropped in ${facts.seconds.toFixed(1)} s.`,
    do: facts => [
      raise(facts),
      ...buckets(facts),
      ...shorter(facts),
      'netwhy conntrack --notrack PORT   # for traffic that needs no tracking',
    ],
  },
  {
    id: 'evicting',
    level: 'problem',
    when: facts => moved(facts, 'early_drop') > 0,
    says: facts =>
      `${moved(facts, 'early_drop')} entries of connections that had only just begun were thrown out to make room.`,
    do: facts => [raise(facts), ...buckets(facts)],
  },
  {
    id: 'nearly-full',
    level: 'problem',
    when: facts => facts.fill >= FULL && moved(facts, 'drop') === 0,
    says: facts => `The table is ${percent(facts)} full: the next burst of connections will be dropped.`,
    do: facts => [raise(facts), ...buckets(facts), ...shorter(facts)],
  },
  {
    id: 'nat-ports',
    level: 'problem',
    when: facts => moved(facts, 'insert_failed') > 0 && moved(facts, 'drop') > 0,
    says: facts =>
      `${moved(facts, 'insert_failed')} connections could not be entered, because NAT gave them a tuple that is in use, or two packets of one socket raced.`,
    do: () => [
      'more source addresses for SNAT, or masquerade with `random-fully`',
      'for DNS over UDP: a cache on this node, or `options single-request-reopen` in resolv.conf',
    ],
  },
  {
    id: 'chains-too-long',
    level: 'problem',
    when: facts => moved(facts, 'chainlength') > 0,
    says: facts =>
      `${moved(facts, 'chainlength')} connections were refused because their hash chain was too long (${facts.buckets ?? '?'} buckets for ${facts.count} entries).`,
    do: facts => [`sysctl -w net.netfilter.nf_conntrack_buckets=${facts.max}${there(facts)}`],
  },
  {
    id: 'dropping',
    level: 'problem',
    when: facts => moved(facts, 'drop') > 0 && facts.fill < FILLING && moved(facts, 'insert_failed') === 0,
    says: facts =>
      `Conntrack dropped ${moved(facts, 'drop')} packets although the table has room: memory ran short, or a helper refused them.`,
    do: () => ['netwhy drops --reason NETFILTER_DROP --stack', 'dmesg | grep -i conntrack'],
  },
  {
    id: 'filling',
    level: 'warning',
    when: facts => facts.fill >= FILLING && facts.fill < FULL && moved(facts, 'drop') === 0,
    says: facts => `The table is ${percent(facts)} full.`,
    do: facts => [raise(facts), ...buckets(facts)],
  },
  {
    id: 'nat-retries',
    level: 'warning',
    when: facts => moved(facts, 'found') > MANY_TRIES * Math.max(1, facts.moved.new ?? 0),
    says: facts => `NAT tried ${moved(facts, 'found')} tuples that were in use: its ports run short.`,
    do: () => ['more source addresses for SNAT, or masquerade with `random-fully`'],
  },
  {
    id: 'invalid',
    level: 'note',
    when: facts => moved(facts, 'invalid') > 0,
    says: facts =>
      `${moved(facts, 'invalid')} packets fitted no connection (ctstate INVALID): they pass untranslated, which resets connections behind NAT.`,
    do: ({ sysctls }) =>
      sysctls.tcp_be_liberal === 1
        ? ['sysctl -w net.netfilter.nf_conntrack_log_invalid=255   # says why in the kernel log']
        : [
            'sysctl -w net.netfilter.nf_conntrack_log_invalid=255   # says why in the kernel log',
            'sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1',
          ],
  },
  {
    id: 'dropped-before',
    level: 'note',
    when: facts => moved(facts, 'drop') === 0 && (facts.totals.drop ?? 0) > 0,
    says: facts => `${facts.totals.drop} packets were dropped by conntrack earlier, none just now.`,
    do: () => ['netwhy conntrack --watch'],
  },
];

/** What is worth saying, problems first. */
export function findingsOf(facts: Facts): ConntrackFinding[] {
  return RULES.filter(({ when }) => when(facts)).map(rule => ({
    id: rule.id,
    level: rule.level,
    says: rule.says(facts),
    do: rule.do(facts),
  }));
}

/** More entries need more buckets, or every lookup gets slower. */
function buckets(facts: Facts): string[] {
  const { max, buckets: now } = facts;
  if (now === null || now >= max * 2) return [];
  return [`sysctl -w net.netfilter.nf_conntrack_buckets=${max * 2}${there(facts)}`];
}

const LONG_ESTABLISHED = 86_400;

function shorter({ sysctls }: Facts): string[] {
  const established = sysctls.tcp_timeout_established ?? 0;
  return established > LONG_ESTABLISHED
    ? [
        `sysctl -w net.netfilter.nf_conntrack_tcp_timeout_established=${LONG_ESTABLISHED}   # now ${established} s`,
      ]
    : [];
}
