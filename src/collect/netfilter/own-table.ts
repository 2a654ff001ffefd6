import { filterMatch } from './filter-match.ts';
import type { NftChain, Ruleset } from './ruleset.ts';

/** The table that sets the trace flag on the packets that were asked for. */
export interface OwnTable {
  /** "netwhy-1234", the same name in every family that is needed. */
  readonly name: string;
  /** "inet netwhy-1234": the one that is made last. */
  readonly last: string;
  readonly commands: readonly string[];
  /** True when every packet is asked for: then only some of a flood are traced. */
  readonly limited: boolean;
  /** False when more is traced than was asked for, and filtered afterwards. */
  readonly exact: boolean;
}

type Family = 'inet' | 'bridge' | 'netdev';

/** Before the raw table (-300), so that its rules are seen too, and before NOTRACK. */
const PRIORITY: Readonly<Record<Family, number>> = { inet: -350, bridge: -350, netdev: -500 };
/** Tracing costs a packet some tens of microseconds: this many a second are bearable on one CPU. */
const LIMIT = 'limit rate 1000/second burst 1000 packets';
const BOTH_WAYS = ['prerouting', 'output'] as const;

/** Commands for `nft -i`. Bridge and netdev chains are watched only where the rule set has some. */
export function ownTable(pid: number, filterText: string, ruleset: Ruleset): OwnTable {
  const name = `netwhy-${pid}`;
  const match = filterMatch(filterText, 'inet');
  const families: Family[] = [...otherFamilies(ruleset), 'inet'];
  return {
    name,
    last: `inet ${name}`,
    commands: families.flatMap(family => tableCommands(name, filterText, family, ruleset)),
    limited: match.alternatives.includes(''),
    exact: match.exact,
  };
}

function otherFamilies(ruleset: Ruleset): Family[] {
  return (['bridge', 'netdev'] as const).filter(family =>
    ruleset.chains.some(chain => chain.family === family && chain.hook !== null),
  );
}

function tableCommands(name: string, filterText: string, family: Family, ruleset: Ruleset): string[] {
  const table = `${family} ${name}`;
  const { alternatives, answers } = filterMatch(filterText, family);
  return [
    `add table ${table} { flags owner; }`,
    ...chainsOf(family, ruleset).flatMap(({ chain, hook, answering }) => [
      `add chain ${table} ${chain} { type filter hook ${hook} priority ${PRIORITY[family]}; }`,
      ...alternatives.map(matches => ruleText(table, chain, matches)),
      ...(answering && !alternatives.includes('')
        ? answers.map(matches => ruleText(table, chain, matches))
        : []),
    ]),
  ];
}

interface OwnChain {
  readonly chain: string;
  readonly hook: string;
  /** Where this host's answers to rejected packets leave. */
  readonly answering: boolean;
}

function chainsOf(family: Family, ruleset: Ruleset): OwnChain[] {
  if (family !== 'netdev')
    return BOTH_WAYS.map(hook => ({ chain: hook, hook, answering: hook === 'output' && family === 'inet' }));
  return devicesOf(ruleset.chains).map((device, at) => ({
    chain: `ingress${at}`,
    hook: `ingress device "${device}"`,
    answering: false,
  }));
}

function devicesOf(chains: readonly NftChain[]): string[] {
  const devices = chains.filter(({ family }) => family === 'netdev').flatMap(chain => chain.devices);
  return [...new Set(devices)];
}

function ruleText(table: string, chain: string, matches: string): string {
  const words = matches === '' ? LIMIT : matches;
  return `add rule ${table} ${chain} ${words} meta nftrace set 1`;
}
