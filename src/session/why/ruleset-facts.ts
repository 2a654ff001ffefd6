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
/** The range of ports behind an address, or behind "to" alone. */
const RANGE = /((?:snat|masquerade)\b[^;]*?(?:\bto\s+[0-9a-fA-F.[\]:]*?)?)(?::\d+(?:-\d+)?)(?=\s|$)/;

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
  const wide = text
    .replace(RANGE, '$1')
    .replace(/\s+to(?=\s*$)/, '')
    .trim();
  return wide === text ? null : wide;
}
