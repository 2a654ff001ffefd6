import type {
  HopEvent,
  LineageEvent,
  LookEvent,
  QueueRecord,
  ReleaseRecord,
  SeenLook,
  TraceRecords,
} from '../events/index.ts';
import { FragmentQueues, reassembled } from './fragment-queues.ts';
import type { Journey, JourneyHop } from './journey.ts';
import { Trail } from './trail.ts';

/** Who gets the events of trails, as they happen, and each journey when it is over. */
export interface TrailSink {
  hop?(step: JourneyHop): void;
  look?(look: LookEvent): void;
  lineage?(lineage: LineageEvent): void;
  journey?(journey: Journey): void;
}

/** How long to wait before a trail counts as over, in ns. */
export interface Patience {
  /** All its sk_buffs have ended: other CPUs may still tell something. */
  readonly ended: number;
  /** It was delivered, and nobody frees it. */
  readonly delivered: number;
  /** Nothing is heard of it any more. */
  readonly silent: number;
}

/** Where every free is seen, silence means waiting; with tracepoints alone it often is the end. */
export const PATIENCE: Readonly<Record<'everyEnd' | 'someEnds', Patience>> = {
  everyEnd: { ended: 50e6, delivered: 1e9, silent: 30e9 },
  someEnds: { ended: 50e6, delivered: 300e6, silent: 2e9 },
};

/** Hops between two looks at what is over, less one. */
const RIPEN_EVERY = 2047;
const CLOSED_LIMIT = 100_000;

/** Joins the records of all packets that are followed. */
export class Trails implements TraceRecords {
  hops = 0;
  /** Numbers of trails that are over, for hops that come late. */
  private readonly closed: Set<number> = new Set();
  private readonly open: Map<number, Trail> = new Map();
  /** Trails that may be over soon, oldest first. */
  private ripening: Trail[] = [];
  private readonly queues: FragmentQueues = new FragmentQueues();
  private readonly sink: TrailSink;
  private readonly patience: Patience;
  private readonly timeOf: (ns: number) => string;
  private readonly tellLineage: (event: LineageEvent) => void;

  constructor(sink: TrailSink, patience: Patience, timeOf: (ns: number) => string) {
    this.sink = sink;
    this.patience = patience;
    this.timeOf = timeOf;
    this.tellLineage = event => this.sink.lineage?.(event);
  }

  /** Trails that are not over. */
  get size(): number {
    return this.open.size;
  }

  hop(hop: HopEvent): void {
    // A reader that has fallen behind finds a full buffer: what is over in it must not wait for its end.
    if ((++this.hops & RIPEN_EVERY) === 0) this.ripen(hop.ts);
    const trail = this.trailOf(hop.trail, hop.ts);
    if (!trail) {
      this.sink.hop?.({ hop, look: null });
      return;
    }
    const step = trail.hop(hop, this.tellLineage);
    this.sink.hop?.(step);
    if (hop.stage === 'free' && trail.finished) this.ripening.push(trail);
  }

  look(seen: SeenLook): void {
    const event = this.trailOf(seen.trail, seen.ts)?.look(seen, this.tellLineage);
    if (event) this.sink.look?.(event);
  }

  lineage(event: LineageEvent): void {
    const trail = this.trailOf(event.trail, event.ts);
    trail?.descend(event);
    this.sink.lineage?.(event);
    const { kind, parent, parentSkb, ts } = event;
    if (kind !== 'merge' && kind !== 'reassemble') return;
    if (parent !== null && parentSkb !== null)
      this.trailOf(parent, ts)?.absorb(kind === 'merge' ? 'merged' : 'reassembled', event.trail, parentSkb);
    if (trail?.finished) this.ripening.push(trail);
  }

  queue(record: QueueRecord): void {
    if (record.kind === 'enqueue') {
      this.queues.add(record);
      this.trailOf(record.trail, record.ts)?.waits(record.skb);
    } else this.reassemble(record);
  }

  release({ trail: id, ts, skb, unseen }: ReleaseRecord): void {
    const trail = this.open.get(id);
    if (!trail) return;
    trail.release(skb, ts, unseen);
    if (trail.finished) this.ripening.push(trail);
  }

  /** Closes what is over by now; `now` as the records count time. */
  ripen(now: number): void {
    const { ended } = this.patience;
    let done = 0;
    while (done < this.ripening.length && now - this.ripening[done]!.last >= ended) {
      const trail = this.ripening[done++]!;
      if (this.open.get(trail.id) === trail && trail.finished) this.close(trail, true);
    }
    if (done > 0) this.ripening = this.ripening.slice(done);
  }

  /** Closes what nothing was heard of for long: looks at every open trail, so not for every poll. */
  giveUp(now: number): void {
    const { ended, delivered, silent } = this.patience;
    for (const trail of this.open.values()) {
      const quiet = now - trail.last;
      if (quiet < ended) continue;
      if (trail.finished || quiet >= silent || (quiet >= delivered && trail.delivered))
        this.close(trail, true);
    }
  }

  /** The run is over: every trail ends as it is. */
  finish(): void {
    for (const trail of this.open.values()) this.close(trail, false);
    this.ripening = [];
  }

  private reassemble(whole: QueueRecord): void {
    const fragments = this.queues
      .take(whole.queue)
      .filter(({ trail, skb }) => this.open.get(trail)?.isWaiting(skb));
    for (const fragment of fragments) this.lineage(reassembled(fragment, whole));
    if (fragments.length > 0) this.open.get(whole.trail)?.become(whole.skb);
  }

  /** Undefined when the trail is over: its packet was read late, or the sender's own copy went. */
  private trailOf(id: number, ts: number): Trail | undefined {
    let trail = this.open.get(id);
    if (!trail) {
      if (this.closed.has(id)) return undefined;
      trail = new Trail(id, ts);
      this.open.set(id, trail);
    }
    return trail;
  }

  private close(trail: Trail, running: boolean): void {
    this.open.delete(trail.id);
    if (this.closed.size >= CLOSED_LIMIT) this.closed.clear();
    this.closed.add(trail.id);
    if (trail.isEmpty) return;
    this.sink.journey?.(trail.close(this.timeOf(trail.last), running));
  }
}
