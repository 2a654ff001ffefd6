import { isUnavailable } from '../../base/index.ts';
import {
  invalidDropRule,
  type NftChain,
  type NftRule,
  type Place,
  type Ruleset,
  readRuleset,
} from '../../collect/index.ts';
import type { Fact } from '../../diagnose/index.ts';
import { factsOf, type Values } from './fact-maker.ts';

const SNAT = /\b(?:masquerade|snat)\b/;
/** "to :1024-2048" is all about ports; "to 192.0.2.1:1024-2048" is an address with a range behind. */
const PORTS_ONLY = /\s+to\s+:\d+(?:-\d+)?(?=\s|$)/;
const RANGE_BEHIND = /(\bto\s+(?:\[[^\]]+\]|[\d.]+)):\d+(?:-\d+)?(?=\s|$)/;

/** Rules that translate sources or drop what conntrack calls invalid. */
export function rulesetFacts(place: Place): Fact[] {
  const reading = readRuleset(place);
  if (isUnavailable(reading)) return [];
  const { value, source, time } = reading;
  const facts: Values = { ...snatValues(value), 'nft.invalid.rule': invalidDropRule(value) };
  return factsOf(facts, { netns: place.inode }, { source: `${source} in ${place.name}`, time });
}

function snatValues(ruleset: Ruleset): Values {
  const found = ruleset.find(SNAT);
  if (found === undefined) return { 'nat.snat.rule': null };
  const { chain, rule } = found;
  return { 'nat.snat.rule': rule.text, ...placeValues(chain, rule), 'nat.snat.wide': widened(rule.text) };
}

function placeValues({ family, table, name }: NftChain, { handle }: NftRule): Values {
  return {
    'nat.snat.family': family,
    'nat.snat.table': table,
    'nat.snat.chain': name,
    'nat.snat.handle': handle,
  };
}

/** The rule without its port range; null when it has none. */
export function widened(text: string): string | null {
  const wide = text.replace(PORTS_ONLY, '').replace(RANGE_BEHIND, '$1');
  return wide === text ? null : wide;
}
