import type { Unavailable } from '../base/index.ts';

/** What netfilter's own trace tells of a packet; null where the backend does not say. */
export interface TracedPacket {
  readonly family: 'ipv4' | 'ipv6' | 'other';
  /** "tcp", "udp", "icmp", "ipv6-icmp", or a number. */
  readonly protocol: string | null;
  readonly src: string | null;
  readonly dst: string | null;
  readonly sport: number | null;
  readonly dport: number | null;
  /** Interface it came in by; null for packets of this host. */
  readonly iif: string | null;
  readonly oif: string | null;
  readonly macSrc: string | null;
  readonly macDst: string | null;
  readonly ttl: number | null;
  /** IP identification. */
  readonly id: number | null;
  /** Bytes with the IP header (IPv6: without). */
  readonly length: number | null;
  /** TCP flags as the header's byte. */
  readonly tcpFlags: number | null;
  readonly icmpType: string | null;
  readonly icmpCode: string | null;
  readonly mark: number | null;
}

/** One thing that happened to the packet: a rule that matched, or a chain's policy. */
export interface RuleStep {
  /** "ip", "ip6", "inet", "bridge", "netdev". */
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** "prerouting", "input", …; null for a chain that is jumped to. */
  readonly hook: string | null;
  /** Of the base chain: lower ones run first. */
  readonly priority: number | null;
  readonly kind: 'rule' | 'policy' | 'end';
  /** The rule in its own words; null when it is gone. */
  readonly text: string | null;
  /** nft's number of the rule; legacy rules have none. */
  readonly handle: number | null;
  /** Position in its chain, from 1. */
  readonly number: number | null;
  /** "accept", "drop", "continue", "return", "jump web" … */
  readonly verdict: string;
  /** "iptables -t filter -A INPUT …" where the rule was made by iptables. */
  readonly iptables: string | null;
}

/** What a REJECT rule answered with. */
export interface RuleReply {
  readonly kind: 'tcp reset' | 'icmp';
  /** "destination-unreachable port-unreachable"; empty for a reset. */
  readonly says: string;
  /** True when the answer itself was seen leaving. */
  readonly seen: boolean;
}

export type RuleVerdict = 'accept' | 'drop' | 'reject' | 'queue' | 'stolen' | 'unknown';

/** One packet's way through the rules of one network namespace. */
export interface RuleTrace {
  readonly type: 'rules';
  /** Wall time when it was read, a few milliseconds after it happened. */
  readonly time: string;
  readonly netns: number;
  readonly netnsName: string;
  readonly backend: 'nftables' | 'legacy';
  /** Trace id; empty for the legacy backend. */
  readonly id: string;
  readonly packet: TracedPacket;
  /** In the order in which they happened. */
  readonly steps: readonly RuleStep[];
  readonly verdict: RuleVerdict;
  /** The rule or policy that dropped it; null when it passed. */
  readonly decidedBy: RuleStep | null;
  readonly reply: RuleReply | null;
}

/** A rule whose counter moved while the rules were watched. */
export interface RuleMoved {
  readonly netns: number;
  readonly netnsName: string;
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
  readonly text: string;
  readonly packets: number;
}

/** Last object of a run of `netwhy rules`. */
export interface RulesEnd {
  readonly type: 'end';
  readonly time: string;
  /** Packets that were printed. */
  readonly events: number;
  readonly verdicts: Readonly<Partial<Record<RuleVerdict, number>>>;
  /** How often the kernel told more than could be read; some packets' steps are missing then. */
  readonly lost: number;
  readonly seconds: number;
  readonly why: 'stopped' | 'duration' | 'limit' | 'pipe closed';
  /** Rules that count, by how much they counted meanwhile: all packets, not only those that were asked for. */
  readonly moved: readonly RuleMoved[];
  /** What could not be watched, with the reason. */
  readonly missing: readonly Unavailable[];
}
