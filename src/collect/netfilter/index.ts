/**
 * collect/netfilter: which rule did it, in the rule's own words.
 *
 * Promises: the rule set is never changed but by tables of our own, which carry our process number, say nothing about
 * a packet's fate, and are gone with this process however it ends. Legacy iptables can only be traced by a rule in its
 * raw table: that is done when it was asked for, and taken back the same way. What is traced is what was asked for.
 */
export { filterMatch } from './filter-match.ts';
export { IptablesRules } from './iptables-rules.ts';
export { LegacyTrace } from './legacy-trace.ts';
export { NftTrace } from './nft-trace.ts';
export { parseNftTraceLine } from './nft-trace-line.ts';
export { type RuleWatch, type RuleWatchOptions, rulesThatCounted } from './rule-watch.ts';
export {
  counterDelta,
  invalidDropRule,
  type NftChain,
  type NftRule,
  parseRuleset,
  type RulePlace,
  Ruleset,
  readRuleset,
  snatRule,
} from './ruleset.ts';
export { parseTracedPacket } from './traced-packet.ts';
