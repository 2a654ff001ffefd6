import { isUnavailable, type Unavailable, unavailable } from '../../base/index.ts';
import type { RuleStep, RuleTrace, RuleVerdict, TracedPacket } from '../../events/index.ts';
import { hostNetns, legacyTables, nfLogBindings, sysctl, timeText, toolPath } from '../../kernel/index.ts';
import { inside } from '../inside.ts';
import { KernelLog, type LogEvent, type LoggedPacket } from '../kernel-log/index.ts';
import type { Place } from '../reading.ts';
import { headerBytes } from './header-bytes.ts';
import { LegacyGuard, type LegacyRule } from './legacy-guard.ts';
import { legacyMatches } from './legacy-match.ts';
import { LegacyRules } from './legacy-rules.ts';
import type { RuleWatch, RuleWatchOptions } from './rule-watch.ts';
import { runFilter } from './run-filter.ts';

type TraceLine = Extract<LogEvent, { readonly kind: 'trace' }>;

interface Block {
  readonly packet: TracedPacket;
  readonly steps: RuleStep[];
  touched: number;
}

const QUIET_MS = 150;
const PROGRAMS = { ip: 'iptables-legacy', ip6: 'ip6tables-legacy' } as const;

/**
 * Follows packets through legacy iptables: a TRACE rule in the raw table, and what the kernel log says. The rule is
 * somebody else's table's: it is put there only when that was allowed, and goes with this process.
 */
export class LegacyTrace implements RuleWatch {
  readonly place: Place;
  readonly backend: 'legacy' = 'legacy';
  readonly limited: boolean;
  readonly change: string;
  readonly before = null;
  private readonly log: KernelLog;
  private readonly guard: LegacyGuard;
  private readonly rules: LegacyRules;
  private readonly options: RuleWatchOptions;
  private readonly open = new Map<string, Block>();

  private constructor(place: Place, log: KernelLog, guard: LegacyGuard, options: RuleWatchOptions) {
    this.place = place;
    this.log = log;
    this.guard = guard;
    this.options = options;
    this.rules = new LegacyRules(place);
    this.limited = legacyMatches(options.filter?.text ?? '').some(({ args }) => args.includes('limit'));
    this.change = 'TRACE rules in the raw table, which go with this process';
  }

  /** The namespace holds tables of the legacy backend: nft's trace does not see their rules. */
  static needed(place: Place): boolean {
    const tables = inside(place, () => legacyTables());
    return !isUnavailable(tables) && tables.ipv4.length + tables.ipv6.length > 0;
  }

  static notAllowed(place: Place): Unavailable {
    return unavailable(
      `legacy iptables rules in ${place.name}`,
      'they are traced only by a rule of their own, which changes the raw table',
      'allow it with --allow-changes, or compare the counters of iptables-legacy-save -c',
    );
  }

  /** What is going to be done, before it is. */
  static announcement(place: Place, filterText: string): string {
    const lines = rulesFor(filterText).map(
      ({ command, chain, args }) => `${command} -t raw -I ${chain} ${args.join(' ')} -j TRACE`,
    );
    return `in namespace ${place.name}, taken back at the end: ${lines.join('; ')}`;
  }

  static async start(place: Place, options: RuleWatchOptions): Promise<LegacyTrace | Unavailable> {
    const problem = whyNot(place);
    if (problem !== undefined) return problem;
    const log = KernelLog.follow();
    if (isUnavailable(log)) return log;
    const guard = await LegacyGuard.insert(place, rulesFor(options.filter?.text ?? ''));
    if (!isUnavailable(guard)) return new LegacyTrace(place, log, guard, options);
    log[Symbol.dispose]();
    return guard;
  }

  get lost(): number {
    return this.log.lost;
  }

  poll(): void {
    this.log.poll(({ event }) => {
      if (event.kind === 'trace') this.take(event);
    });
    const now = performance.now();
    for (const [key, block] of this.open) if (now - block.touched >= QUIET_MS) this.close(key, block);
  }

  async stop(): Promise<void> {
    this.poll();
    for (const [key, block] of this.open) this.close(key, block);
    await this.guard.remove();
    this.log[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.guard[Symbol.dispose]();
    this.log[Symbol.dispose]();
  }

  /** The log has no trace id: addresses, ports and the IP id tell packets apart. */
  private take(line: TraceLine): void {
    const packet = packetOf(line.packet);
    const { src, dst, sport, dport, id, protocol } = packet;
    const key = [protocol, src, dst, sport, dport, id, line.packet.seq].join(' ');
    const block = this.open.get(key) ?? { packet, steps: [], touched: 0 };
    block.touched = performance.now();
    block.steps.push(this.rules.stepOf(line));
    this.open.set(key, block);
  }

  private close(key: string, { packet, steps }: Block): void {
    this.open.delete(key);
    const { filter, onTrace } = this.options;
    const asked = filter === undefined || filter.text.trim() === '';
    if (!asked && !runFilter(filter.rawIp, headerBytes(packet))) return;
    const decidedBy = steps.findLast(({ verdict }) => verdict === 'drop') ?? null;
    const rejects = /-j REJECT/.test(decidedBy?.text ?? '');
    const { inode: netns, name: netnsName } = this.place;
    onTrace({
      ...{ type: 'rules', time: timeText(Date.now()), netns, netnsName, backend: 'legacy', id: '' },
      ...{ packet, steps, verdict: verdictOf(decidedBy, rejects), decidedBy },
      reply: rejects ? replyOf(decidedBy?.text ?? '') : null,
    });
  }
}

function verdictOf(decidedBy: RuleStep | null, rejects: boolean): RuleVerdict {
  if (decidedBy === null) return 'accept';
  return rejects ? 'reject' : 'drop';
}

/** The answer itself passes no TRACE rule. */
function replyOf(text: string): RuleTrace['reply'] {
  const said = /--reject-with (\S+)/.exec(text)?.[1] ?? 'icmp-port-unreachable';
  if (said === 'tcp-reset') return { kind: 'tcp reset', says: '', seen: false };
  return { kind: 'icmp', says: said.replace(/^icmp6?-/, ''), seen: false };
}

function rulesFor(filterText: string): LegacyRule[] {
  return legacyMatches(filterText).flatMap(({ family, args }) =>
    (['PREROUTING', 'OUTPUT'] as const).map(chain => ({
      command: PROGRAMS[family],
      chain,
      args: [...args, '-m', 'comment', '--comment', `netwhy-${process.pid}`],
    })),
  );
}

/** Everything that keeps TRACE silent, before a rule is put anywhere. */
function whyNot(place: Place): Unavailable | undefined {
  const what = `legacy TRACE in ${place.name}`;
  for (const program of Object.values(PROGRAMS))
    if (toolPath(program) === undefined)
      return unavailable(what, `${program} is not installed`, 'install the package with iptables-legacy');
  const isHost = hostNetns()?.inode === place.inode;
  const all = sysctl('net.netfilter.nf_log_all_netns');
  if (!isHost && all === '0')
    return unavailable(
      what,
      'the kernel log keeps silent about namespaces other than the first',
      'sysctl -w net.netfilter.nf_log_all_netns=1 (in the first namespace)',
    );
  const bindings = inside(place, () => nfLogBindings()) ?? [];
  const ipv4 = isUnavailable(bindings) ? undefined : bindings.find(({ family }) => family === 2);
  if (ipv4?.bound === 'nfnetlink_log')
    return unavailable(
      what,
      'nfnetlink_log is bound to IPv4: TRACE goes to NFLOG listeners, not to the kernel log',
      'sysctl -w net.netfilter.nf_log.2=nf_log_ipv4 in that namespace',
    );
  return undefined;
}

const FLAG_BITS: Readonly<Record<string, number>> = {
  FIN: 1,
  SYN: 2,
  RST: 4,
  PSH: 8,
  ACK: 16,
  URG: 32,
  ECE: 64,
  CWR: 128,
};

function packetOf(packet: LoggedPacket): TracedPacket {
  const { family, src, dst, sport, dport, iif, oif, ttl, id, length, mark } = packet;
  const protocol = packet.protocol?.toLowerCase() ?? null;
  return {
    ...{ src, dst, sport, dport, iif, oif, ttl, id, length, mark, macSrc: null, macDst: null },
    family: family === 'arp' ? 'other' : family,
    protocol: protocol === 'icmpv6' ? 'ipv6-icmp' : protocol,
    tcpFlags:
      protocol === 'tcp' ? packet.tcpFlags.reduce((bits, name) => bits | (FLAG_BITS[name] ?? 0), 0) : null,
    icmpType: packet.icmpType === null ? null : String(packet.icmpType),
    icmpCode: packet.icmpCode === null ? null : String(packet.icmpCode),
  };
}
