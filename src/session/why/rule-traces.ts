import { isUnavailable, type Unavailable } from '../../base/index.ts';
import {
  LegacyTrace,
  NftTrace,
  type Place,
  type RuleWatch,
  type RuleWatchOptions,
} from '../../collect/index.ts';
import type { Headers } from '../../diagnose/index.ts';
import type { RuleTrace } from '../../events/index.ts';
import type { PacketFilter } from '../../filter/index.ts';
import { compileFilter } from '../../kernel/index.ts';

export interface RuleTracesOptions {
  /** Absent: packets of the same service as the first that was dropped. */
  readonly filter?: PacketFilter;
  /** Legacy iptables may be given TRACE rules while we watch. */
  readonly allowChanges: boolean;
  /** What is about to be changed. */
  readonly announce: (text: string) => void;
}

/** Traces in this many namespaces at a time: each is two processes. */
const MOST_TRACES = 8;
const MOST_KEPT = 2000;
/** A trace needs this much to meet a packet … */
const GRACE_MS = 1500;
/** … and where starting a process takes seconds, this much to begin. */
const MOST_START_MS = 6000;

/** Follows packets through the rules of the namespaces where netfilter was seen to drop, from then on. */
export class RuleTraces implements Disposable {
  readonly traces: RuleTrace[] = [];
  readonly missing: Unavailable[] = [];
  private readonly options: RuleTracesOptions;
  private readonly asked = new Map<number, Promise<void>>();
  private readonly running: RuleWatch[] = [];
  private over = false;
  private startedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RuleTracesOptions) {
    this.options = options;
  }

  /** Begins to trace in a namespace. */
  begin(place: Place, packet: Headers | null): void {
    if (this.over || this.asked.has(place.inode) || this.asked.size >= MOST_TRACES) return;
    const filter = this.options.filter ?? filterFor(packet);
    if (filter !== undefined) this.asked.set(place.inode, this.start(place, filter));
  }

  /**
   * Whether a rule's own words may still come after the watch: a trace was asked for, no packet that met its end has
   * been traced, and it has not had the time for one. Performance time in ms.
   */
  expects(now: number, end: number): boolean {
    const decided = new Set(
      this.traces.flatMap(({ netns, decidedBy }) => (decidedBy === null ? [] : [netns])),
    );
    const open = [...this.asked.keys()].some(inode => !decided.has(inode));
    const starting = this.running.length === 0 && now < end + MOST_START_MS;
    return open && (starting || now < this.startedAt + GRACE_MS);
  }

  poll(): void {
    for (const trace of this.running) trace.poll();
  }

  /** Times that the kernel had more to tell than was read. */
  get lost(): number {
    return this.running.reduce((sum, trace) => sum + trace.lost, 0);
  }

  async stop(): Promise<void> {
    this.over = true;
    await Promise.all(this.asked.values());
    await Promise.all(this.running.map(trace => trace.stop()));
  }

  [Symbol.dispose](): void {
    this.over = true;
    for (const trace of this.running) trace[Symbol.dispose]();
  }

  private async start(place: Place, filter: PacketFilter): Promise<void> {
    const options = { filter, onTrace: (trace: RuleTrace) => this.keep(trace) };
    await Promise.all([this.run(NftTrace.start(place, options)), this.startLegacy(place, options)]);
  }

  private async startLegacy(place: Place, options: RuleWatchOptions): Promise<void> {
    if (!LegacyTrace.needed(place)) return;
    if (!this.options.allowChanges) {
      this.missing.push(LegacyTrace.notAllowed(place));
      return;
    }
    this.options.announce(LegacyTrace.announcement(place, options.filter?.text ?? ''));
    await this.run(LegacyTrace.start(place, options));
  }

  private async run(starting: Promise<RuleWatch | Unavailable>): Promise<void> {
    const trace = await starting;
    if (isUnavailable(trace)) this.missing.push(trace);
    else if (this.over) await trace.stop();
    else {
      this.running.push(trace);
      this.startedAt = performance.now();
    }
  }

  private keep(trace: RuleTrace): void {
    if (this.traces.length < MOST_KEPT) this.traces.push(trace);
  }
}

/** Packets of the same service as this one. */
function filterFor(packet: Headers | null): PacketFilter | undefined {
  const { dst, src, protocol, sport, dport } = packet ?? {};
  if (dst === undefined || src === undefined) return undefined;
  const server =
    dport !== undefined && sport !== undefined ? ` and ${protocol} port ${Math.min(dport, sport)}` : '';
  return compileFilter(`host ${dst} and host ${src}${server}`).filter;
}
