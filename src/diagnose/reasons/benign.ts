import { BENIGN_RULES, type BenignRule, type Condition } from './benign-rules.ts';
import type { ReasonEntry } from './entry.ts';
import { isChatterGroup } from './multicast-groups.ts';
import { DROP_REASONS, SUBSYSTEM_REASONS } from './table.ts';

/** What the judgement looks at. What is not known may be left out: then only rules that do not need it apply. */
export interface DropQuestion {
  /** Null on kernels before 5.17. */
  readonly reason: string | null;
  readonly subsystem: string | null;
  /** Symbol that freed the packet; compiler suffixes (.constprop.0) do not matter. */
  readonly function: string | null;
  /** Ethertype in host order; 0 or absent: unknown. */
  readonly protocol?: number;
  /** PACKET_HOST 0, BROADCAST 1, MULTICAST 2, OTHERHOST 3, OUTGOING 4, LOOPBACK 5. */
  readonly packetType?: number;
  readonly promiscuous?: boolean;
  /** The packet as decoded: destination address and TCP flag letters ("FA"). */
  readonly packet?: { readonly dst?: string | null; readonly tcpFlags?: string | null } | null;
}

export interface BenignVerdict {
  readonly benign: boolean;
  /** Why it is no loss; only on benign ones. */
  readonly why?: string;
}

const PACKET_BROADCAST = 1;
const PACKET_MULTICAST = 2;
/** The sender’s own copy of a broadcast or multicast. */
const PACKET_LOOPBACK = 5;

/** Ethertypes of frames that switches and home devices send to everybody; LLC frames (STP, CDP) have 4 here. */
const SWITCH_CHATTER: ReadonlySet<number> = new Set([
  0x0001, // IPX in raw 802.3
  0x0004, // 802.2 LLC
  0x6002, // DEC MOP
  0x8809, // LACP, OAM
  0x8874, // Broadcom loop detection
  0x887b, // HomePlug
  0x8899, // Realtek loop detection
  0x88cc, // LLDP
  0x88e1, // HomePlug AV
  0x893a, // IEEE 1905
  0x8912, // mediaxtream
  0x9000, // Ethernet loopback test
]);

const HOLDS: Readonly<Record<Condition, (drop: DropQuestion) => boolean>> = {
  'chatter-group': toChatterGroup,
  'to-everybody': drop =>
    drop.packetType === PACKET_BROADCAST || drop.packetType === PACKET_LOOPBACK || toChatterGroup(drop),
  closing: ({ packet }) => /[FR]/.test(packet?.tcpFlags ?? ''),
  promiscuous: ({ promiscuous }) => promiscuous === true,
  'switch-chatter': ({ protocol }) => protocol !== undefined && SWITCH_CHATTER.has(protocol),
};

/** Conditions on the packet’s own bytes; the others look at what comes with every event. */
const OF_PACKET: ReadonlySet<Condition> = new Set<Condition>(['chatter-group', 'to-everybody', 'closing']);

/** With no packet to look at, a link-layer multicast is taken for chatter. */
function toChatterGroup({ packet, packetType }: DropQuestion): boolean {
  return packet?.dst ? isChatterGroup(packet.dst) : packetType === PACKET_MULTICAST;
}

interface Candidate {
  readonly functions: ReadonlySet<string> | null;
  readonly holds: ((drop: DropQuestion) => boolean) | null;
  readonly ofPacket: boolean;
  readonly verdict: BenignVerdict;
}

const NOT_BENIGN: BenignVerdict = Object.freeze({ benign: false });
/** By subsystem, then by reason; null is the reason of kernels that give none. */
type Candidates = Map<string, Map<string | null, Candidate[]>>;

const CANDIDATES: Candidates = candidatesOf(BENIGN_RULES);

/** Is this drop no loss to anybody? The verdicts are made once; nothing is allocated here. */
export function isBenignDrop(drop: DropQuestion): BenignVerdict {
  const candidates = CANDIDATES.get(drop.subsystem ?? 'core')?.get(drop.reason);
  if (candidates === undefined) return NOT_BENIGN;
  const place = drop.function === null ? null : plain(drop.function);
  for (const { functions, holds, verdict } of candidates) {
    if (functions !== null && (place === null || !functions.has(place))) continue;
    if (holds === null || holds(drop)) return verdict;
  }
  return NOT_BENIGN;
}

/** Can the packet itself change the answer for this reason and place? If not, the answer may be kept. */
export function packetDecides(drop: DropQuestion): boolean {
  const candidates = CANDIDATES.get(drop.subsystem ?? 'core')?.get(drop.reason) ?? [];
  const place = drop.function === null ? null : plain(drop.function);
  return candidates.some(
    ({ functions, ofPacket }) => ofPacket && (functions === null || (place !== null && functions.has(place))),
  );
}

function candidatesOf(rules: readonly BenignRule[]): Candidates {
  const all: Candidates = new Map();
  for (const rule of rules)
    for (const reason of rule.reasons) add(all, rule.subsystem ?? 'core', reason, candidateOf(rule));
  for (const { subsystem, entry } of alwaysBenign())
    add(all, subsystem, entry.name, candidateOf({ reasons: [entry.name], why: entry.meaning }));
  return all;
}

function add(all: Candidates, subsystem: string, reason: string | null, candidate: Candidate): void {
  const byReason = all.get(subsystem) ?? new Map<string | null, Candidate[]>();
  all.set(subsystem, byReason);
  byReason.set(reason, [...(byReason.get(reason) ?? []), candidate]);
}

function candidateOf({ functions, when, why }: BenignRule): Candidate {
  return {
    functions: functions === undefined ? null : new Set(functions),
    holds: when === undefined ? null : HOLDS[when],
    ofPacket: when !== undefined && OF_PACKET.has(when),
    verdict: Object.freeze({ benign: true, why }),
  };
}

function alwaysBenign(): { readonly subsystem: string; readonly entry: ReasonEntry }[] {
  return Object.entries({ core: DROP_REASONS, ...SUBSYSTEM_REASONS }).flatMap(([subsystem, table]) =>
    Object.values(table)
      .filter(({ benign }) => benign === 'always')
      .map(entry => ({ subsystem, entry })),
  );
}

/** "ip_rcv_finish_core.constprop.0" and "ip_rcv_finish_core.isra.0" are both ip_rcv_finish_core. */
function plain(symbol: string): string {
  const dot = symbol.indexOf('.');
  return dot > 0 ? symbol.slice(0, dot) : symbol;
}
