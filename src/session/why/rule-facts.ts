import type { Fact, Headers, Incident } from '../../diagnose/index.ts';
import type { RuleStep, RuleTrace, TracedPacket } from '../../events/index.ts';
import { factsOf, type Values } from './fact-maker.ts';

/**
 * What the rules did to the packets of an incident; nothing when none of them was traced. Where legacy iptables has
 * tables too, a packet that nftables let pass may have been dropped there: then its silence is no answer.
 */
export function ruleFacts(incident: Incident, traces: readonly RuleTrace[], hasLegacy: boolean): Fact[] {
  const own = traces.filter(
    trace =>
      trace.netns === incident.netns && incident.samples.some(({ packet }) => fits(packet, trace.packet)),
  );
  const trace = own.find(({ decidedBy }) => decidedBy !== null) ?? own[0];
  if (trace === undefined) return [];
  const origin = { source: `${SOURCES[trace.backend]} in ${trace.netnsName}`, time: trace.time };
  const both = trace.backend === 'nftables' && hasLegacy && trace.decidedBy === null;
  return factsOf(both ? NFT_NONE : valuesOf(trace.decidedBy), { incident: incident.key }, origin);
}

const SOURCES: Readonly<Record<RuleTrace['backend'], string>> = {
  nftables: 'nft monitor trace',
  legacy: 'TRACE in the kernel log',
};

function fits({ src, dst, sport, dport }: Headers, packet: TracedPacket): boolean {
  const opens = dport !== undefined && sport !== undefined && dport <= sport;
  const ports = dport === undefined || (opens ? packet.dport === dport : packet.sport === sport);
  return packet.src === (src ?? null) && packet.dst === (dst ?? null) && ports;
}

const NFT_NONE: Values = {
  ...{ 'nft.rule.text': null, 'nft.rule.handle': null, 'nft.rule.verdict': null, 'nft.policy': null },
};
const NONE: Values = {
  ...NFT_NONE,
  ...{ 'ipt.rule': null, 'ipt.target': null, 'ipt.policy': null },
};

function valuesOf(step: RuleStep | null): Values {
  if (step === null) return NONE;
  const place: Values = {
    'nft.rule.family': step.family,
    'nft.rule.table': step.table,
    'nft.rule.chain': step.chain,
  };
  return step.iptables === null
    ? { ...NONE, ...place, ...nftValues(step) }
    : { ...NONE, ...iptablesValues(step.iptables) };
}

function nftValues({ kind, text, handle, verdict }: RuleStep): Values {
  if (kind !== 'rule') return { 'nft.policy': verdict };
  const rejects = /\breject\b/.test(text ?? '');
  return {
    'nft.rule.text': text,
    'nft.rule.handle': handle,
    'nft.rule.verdict': rejects ? 'reject' : verdict,
  };
}

/** "iptables -t filter -A INPUT -p tcp -j DROP", "iptables -t filter -P INPUT DROP". */
function iptablesValues(line: string): Values {
  const [, command, table, rule = ''] = /^(\S+) -t (\S+) (.*)$/.exec(line) ?? [];
  const [, chain, policy] = /^-P (\S+) (\S+)/.exec(rule) ?? [];
  const place: Values = { 'ipt.command': command, 'ipt.table': table };
  if (policy !== undefined) return { ...place, 'ipt.chain': chain, 'ipt.policy': policy };
  return {
    ...place,
    'ipt.chain': /^-A (\S+)/.exec(rule)?.[1],
    'ipt.rule': rule,
    'ipt.target': /(?:^|\s)-j (\S+)/.exec(rule)?.[1] ?? null,
  };
}
