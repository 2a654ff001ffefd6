import { isUnavailable, type Unavailable } from '../../base/index.ts';
import { NftTrace, type Place } from '../../collect/index.ts';
import type { Headers } from '../../diagnose/index.ts';
import type { RuleTrace } from '../../events/index.ts';
import type { PacketFilter } from '../../filter/index.ts';
import { compileFilter } from '../../kernel/index.ts';

/** Traces in this many namespaces at a time: each is two processes. */
const MOST_TRACES = 8;
const MOST_KEPT = 2000;

/** Follows packets through the rules of the namespaces where netfilter was seen to drop, from then on. */
export class RuleWatch implements Disposable {
  readonly traces: RuleTrace[] = [];
  readonly missing: Unavailable[] = [];
  private readonly filter: PacketFilter | undefined;
  private readonly running = new Map<number, Promise<NftTrace | Unavailable>>();
  private readonly started: NftTrace[] = [];
  private over = false;

  constructor(filter: PacketFilter | undefined) {
    this.filter = filter;
  }

  /** Begins to trace in a namespace; the packet tells what to trace when there is no filter. */
  begin(place: Place, packet: Headers | null): void {
    if (this.over || this.running.has(place.inode) || this.running.size >= MOST_TRACES) return;
    const filter = this.filter ?? filterFor(packet);
    if (filter === undefined) return;
    this.running.set(place.inode, this.start(place, filter));
  }

  /** Namespaces whose rules decided packets while somebody looked. */
  watches(inode: number): boolean {
    return this.started.some(({ place }) => place.inode === inode);
  }

  poll(): void {
    for (const trace of this.started) trace.poll();
  }

  /** Times that netlink had more to tell than was read. */
  get lost(): number {
    return this.started.reduce((sum, trace) => sum + trace.lost, 0);
  }

  async stop(): Promise<void> {
    this.over = true;
    await Promise.all(this.running.values());
    await Promise.all(this.started.map(trace => trace.stop()));
  }

  [Symbol.dispose](): void {
    this.over = true;
    for (const trace of this.started) trace[Symbol.dispose]();
  }

  private async start(place: Place, filter: PacketFilter): Promise<NftTrace | Unavailable> {
    const trace = await NftTrace.start(place, { filter, onTrace: one => this.keep(one) });
    if (isUnavailable(trace)) this.missing.push(trace);
    else if (this.over) trace[Symbol.dispose]();
    else this.started.push(trace);
    return trace;
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
