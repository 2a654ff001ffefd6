import { isUnavailable } from '../../base/index.ts';
import { runInside } from '../inside.ts';
import { type Place, type Read, readingOf } from '../reading.ts';

/** One rule as nft lists it. */
export interface NftRule {
  /** Without counters' numbers and handle. */
  readonly text: string;
  readonly handle: number;
  /** Position in its chain, from 1. */
  readonly number: number;
  /** null when it does not count. */
  readonly packets: number | null;
}

export interface NftChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** Base chains only: null for those that are jumped to. */
  readonly hook: string | null;
  readonly priority: number | null;
  readonly policy: string | null;
  /** netdev and inet ingress only. */
  readonly devices: readonly string[];
  readonly rules: readonly NftRule[];
}

/** All rules of a namespace. */
export class Ruleset {
  readonly chains: readonly NftChain[];
  private readonly byName: ReadonlyMap<string, NftChain>;

  constructor(chains: readonly NftChain[]) {
    this.chains = chains;
    this.byName = new Map(chains.map(chain => [keyOf(chain.family, chain.table, chain.name), chain]));
  }

  chain(family: string, table: string, name: string): NftChain | undefined {
    return this.byName.get(keyOf(family, table, name));
  }

  rule(family: string, table: string, chain: string, handle: number): NftRule | undefined {
    return this.chain(family, table, chain)?.rules.find(rule => rule.handle === handle);
  }

  /** The first rule whose words fit, with its chain. */
  find(words: RegExp): { readonly chain: NftChain; readonly rule: NftRule } | undefined {
    for (const chain of this.chains)
      for (const rule of chain.rules) if (words.test(rule.text)) return { chain, rule };
    return undefined;
  }
}

function keyOf(family: string, table: string, chain: string): string {
  return `${family} ${table} ${chain}`;
}

const ARGUMENTS = ['-a', '-y', 'list', 'ruleset'];

/** Every rule with its handle, priorities as numbers. Unavailable without nft(8) or CAP_NET_ADMIN. */
export function readRuleset(place: Place): Read<Ruleset> {
  const text = runInside(place, 'nft', ARGUMENTS);
  return isUnavailable(text) ? text : readingOf(place, `nft ${ARGUMENTS.join(' ')}`, parseRuleset(text));
}

const TABLE = /^table (\S+) (\S+) \{/;
const CHAIN = /^\tchain (\S+) \{/;
const BASE =
  /^\t\ttype \S+ hook (\S+) (?:devices? (?:= )?(\{[^}]*\}|"[^"]*") )?priority (-?\d+);(?: policy (\w+);)?/;
const RULE_END = / ?# handle (\d+)$/;
const COUNTER = /counter packets (\d+) bytes \d+/;

interface OpenChain {
  readonly chain: NftChain & {
    hook: string | null;
    priority: number | null;
    policy: string | null;
    devices: string[];
  };
  readonly rules: NftRule[];
}

/** What `nft -a -y list ruleset` prints: chains at one tab, their rules at two, the handle last. */
export function parseRuleset(text: string): Ruleset {
  const chains: NftChain[] = [];
  let table: readonly [string, string] = ['', ''];
  let open: OpenChain | undefined;
  let words = '';
  for (const line of text.split('\n')) {
    const [, family, name] = TABLE.exec(line) ?? [];
    if (family !== undefined) table = [family, name!];
    const chain = CHAIN.exec(line)?.[1];
    if (chain !== undefined) {
      open = openChain(table, chain);
      chains.push(open.chain);
    } else if (line === '\t}') open = undefined;
    else if (open !== undefined && !readBase(open, line))
      words = readRule(open, `${words} ${line.trim()}`.trim());
  }
  return new Ruleset(chains);
}

function openChain([family, table]: readonly [string, string], name: string): OpenChain {
  const rules: NftRule[] = [];
  const base = { hook: null, priority: null, policy: null, devices: [] };
  return { chain: { family, table, name, ...base, rules }, rules };
}

function readBase({ chain }: OpenChain, line: string): boolean {
  const [, hook, devices = '', priority, policy] = BASE.exec(line) ?? [];
  if (hook === undefined) return false;
  chain.hook = hook;
  chain.priority = Number(priority);
  chain.policy = policy ?? 'accept';
  chain.devices.push(...[...devices.matchAll(/"([^"]+)"|(\w[\w.-]*)/g)].map(found => found[1] ?? found[2]!));
  return true;
}

/** A rule ends with its handle; until then its words go on in the next line. Answers what is still open. */
function readRule({ rules }: OpenChain, words: string): string {
  const handle = RULE_END.exec(words)?.[1];
  if (handle === undefined) return words;
  const packets = COUNTER.exec(words)?.[1];
  rules.push({
    text: words.replace(RULE_END, '').replace(COUNTER, 'counter'),
    handle: Number(handle),
    number: rules.length + 1,
    packets: packets === undefined ? null : Number(packets),
  });
  return '';
}

/** How far a rule's counter moved; undefined when it does not count or is not in both. */
export function counterDelta(before: Ruleset, after: Ruleset, at: RulePlace): number | undefined {
  const [first, last] = [before, after].map(
    set => set.rule(at.family, at.table, at.chain, at.handle)?.packets,
  );
  return typeof first === 'number' && typeof last === 'number' ? last - first : undefined;
}

export interface RulePlace {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
}

/** A rule that translates source addresses, in words. */
export function snatRule(ruleset: Ruleset): string | null {
  return textOf(ruleset.find(/\b(?:masquerade|snat)\b/));
}

/** A rule that drops what conntrack calls invalid, in words. */
export function invalidDropRule(ruleset: Ruleset): string | null {
  return textOf(ruleset.find(/\bct state\b.*\binvalid\b.*\bdrop\b/));
}

function textOf(found: ReturnType<Ruleset['find']>): string | null {
  if (found === undefined) return null;
  const { chain, rule } = found;
  return `${chain.family} ${chain.table} ${chain.name}: ${rule.text}`;
}
