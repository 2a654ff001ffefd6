import { isUnavailable, type Unavailable } from '../../base/index.ts';
import type { RuleStep, TracedPacket } from '../../events/index.ts';
import type { PacketFilter } from '../../filter/index.ts';
import { readText, requireTool, timeText } from '../../kernel/index.ts';
import { GuardedChild } from '../guarded-child.ts';
import { inside } from '../inside.ts';
import type { Place, Reading } from '../reading.ts';
import { headerBytes } from './header-bytes.ts';
import { IptablesRules } from './iptables-rules.ts';
import { type NftTraceLine, parseNftTraceLine } from './nft-trace-line.ts';
import { type OwnTable, ownTable } from './own-table.ts';
import { OwnerTable } from './owner-table.ts';
import type { RuleWatch, RuleWatchOptions } from './rule-watch.ts';
import { type Ruleset, readRuleset } from './ruleset.ts';
import { runFilter } from './run-filter.ts';
import { TraceBlocks } from './trace-blocks.ts';

type StepLine = NftTraceLine & { readonly kind: 'rule' | 'policy' | 'end' };

const MONITOR = ['-a', 'monitor', 'trace'];
const READY_MS = 3000;
const RULES_EVERY_MS = 250;

/**
 * Follows packets through the nftables rules of one namespace, iptables-nft's included, until it is stopped. Makes a
 * table of its own that asks for the trace and that goes with this process, also after SIGKILL.
 * What it cannot see: legacy iptables, NAT of packets after a connection's first, conntrack's own drops.
 */
export class NftTrace implements RuleWatch {
  readonly place: Place;
  readonly backend: 'nftables' = 'nftables';
  readonly table: OwnTable;
  readonly before: Reading<Ruleset>;
  private ruleset: Reading<Ruleset>;
  private readAt = Number.NEGATIVE_INFINITY;
  private readonly iptables: IptablesRules;
  private readonly owner: OwnerTable;
  private readonly blocks: TraceBlocks;
  private readonly filter: PacketFilter | undefined;
  private monitor: GuardedChild | undefined;
  private lostTimes = 0;

  private constructor(
    place: Place,
    owner: OwnerTable,
    table: OwnTable,
    ruleset: Reading<Ruleset>,
    options: RuleWatchOptions,
  ) {
    this.place = place;
    this.owner = owner;
    this.table = table;
    this.before = ruleset;
    this.ruleset = ruleset;
    this.filter = options.filter;
    this.iptables = new IptablesRules(place);
    const { inode: netns, name: netnsName } = place;
    this.blocks = new TraceBlocks({
      ownTable: table.name,
      stepOf: line => this.stepOf(line),
      matches: packet => this.matches(packet),
      onTrace: block => {
        const time = timeText(Date.now());
        options.onTrace({ type: 'rules', time, netns, netnsName, backend: 'nftables', ...block });
      },
    });
  }

  /** Resolves when packets are being traced. Unavailable without nft(8), CAP_NET_ADMIN or Linux 5.12. */
  static async start(place: Place, options: RuleWatchOptions): Promise<NftTrace | Unavailable> {
    const program = requireTool('nft');
    if (isUnavailable(program)) return program;
    const ruleset = readRuleset(place);
    if (isUnavailable(ruleset)) return ruleset;
    const table = ownTable(process.pid, options.filter?.text ?? '', ruleset.value);
    const owner = await OwnerTable.create(place, table.last, table.commands);
    if (isUnavailable(owner)) return owner;
    const trace = new NftTrace(place, owner, table, ruleset, options);
    const problem = await trace.listen(program);
    if (problem === undefined) return trace;
    await trace.stop();
    return problem;
  }

  get limited(): boolean {
    return this.table.limited;
  }

  get change(): string {
    return `table ${this.table.last}, which goes with this process`;
  }

  /** The rules as they were read last. */
  get rules(): Reading<Ruleset> {
    return this.ruleset;
  }

  /** How often the kernel had more to tell than was read in time; each time some packets' steps are missing. */
  get lost(): number {
    return this.lostTimes;
  }

  /** Hands on the packets that are through their rules. Meant for every poll. */
  poll(): void {
    this.blocks.flush();
  }

  /** Takes what is on its way, hands it on, and removes the table. */
  async stop(): Promise<void> {
    await this.monitor?.stop();
    this.blocks.flush(true);
    await this.owner.stop();
  }

  [Symbol.dispose](): void {
    this.monitor?.[Symbol.dispose]();
    this.owner[Symbol.dispose]();
  }

  private async listen(program: string): Promise<Unavailable | undefined> {
    const before = listeners(this.place);
    const monitor = GuardedChild.start(this.place, program, MONITOR, line => this.take(line));
    if (isUnavailable(monitor)) return monitor;
    this.monitor = monitor;
    const end = performance.now() + READY_MS;
    while (listeners(this.place) <= before && performance.now() < end && !monitor.failed)
      await new Promise(resolve => setTimeout(resolve, 5));
    return undefined;
  }

  private take(line: string): void {
    const parsed = parseNftTraceLine(line);
    if (parsed !== undefined) this.blocks.add(parsed);
    else if (/lost some netlink events|No buffer space/.test(line)) this.lostTimes++;
  }

  private matches(packet: TracedPacket): boolean {
    if (this.filter === undefined || this.filter.text.trim() === '') return true;
    return runFilter(this.filter.rawIp, headerBytes(packet));
  }

  private stepOf(line: StepLine): RuleStep {
    const { family, table, chain: name, kind, verdict } = line;
    const handle = line.kind === 'rule' ? line.handle : null;
    if (handle !== null && this.ruleset.value.rule(family, table, name, handle) === undefined)
      this.readAgain();
    const chain = this.ruleset.value.chain(family, table, name);
    const rule = chain?.rules.find(one => one.handle === handle);
    const number = line.kind === 'policy' ? 0 : (rule?.number ?? null);
    const text = line.kind === 'rule' ? (rule?.text ?? line.text) : null;
    const iptables =
      number === null ? null : this.iptables.textOf(this.ruleset.value, family, table, name, number);
    return {
      ...{ family, table, chain: name, hook: chain?.hook ?? null, priority: chain?.priority ?? null },
      ...{ kind, text, handle, number: number === 0 ? null : number, verdict, iptables },
    };
  }

  /** A rule came while watching. */
  private readAgain(): void {
    const now = performance.now();
    if (now - this.readAt < RULES_EVERY_MS) return;
    this.readAt = now;
    const again = readRuleset(this.place);
    if (!isUnavailable(again)) this.ruleset = again;
  }
}

/** NETLINK_NETFILTER, and the bit of NFNLGRP_NFTRACE (linux/netfilter/nfnetlink.h). */
const NETFILTER = '12';
const TRACE_GROUP = 1 << 8;

/** How many sockets of the namespace listen to traces. */
function listeners(place: Place): number {
  const text = inside(place, () => readText('/proc/thread-self/net/netlink') ?? '');
  if (isUnavailable(text)) return 0;
  return text.split('\n').filter(line => {
    const [, family, , groups = '0'] = line.trim().split(/\s+/);
    return family === NETFILTER && (Number.parseInt(groups, 16) & TRACE_GROUP) !== 0;
  }).length;
}
