import {
  type HopEvent,
  type LineageEvent,
  type LookEvent,
  lookEvent,
  type Outcome,
  type SeenLook,
  type SkbEnd,
  type TrailEnd,
} from '../events/index.ts';
import type { Journey, JourneyHop } from './journey.ts';
import { redirectNotes } from './redirects.ts';
import { freed, gone, hopOf, newSkb, type SkbState, unfinished } from './skb-state.ts';

const MOST_STEPS = 4096;
const MOST_ENDS = 1024;
/** The better outcome of two sk_buffs stands for the packet. */
const RANK: readonly Outcome[] = ['delivered', 'sent', 'dropped', 'queued', 'consumed', 'lost'];
const NEW_BYTES: ReadonlySet<string> = new Set(['copy', 'realloc', 'segment', 'fragment']);

/** One packet's family of sk_buffs while it is followed. */
export class Trail {
  readonly id: number;
  readonly started: number;
  last: number;
  hops = 0;
  private readonly steps: JourneyHop[] = [];
  private readonly looks: LookEvent[] = [];
  private readonly lineage: LineageEvent[] = [];
  private readonly skbs: Map<string, SkbState> = new Map();
  private readonly ends: SkbEnd[] = [];
  private latest: SkbState | null = null;
  private bytes = 1;
  private leftOut = 0;

  constructor(id: number, ts: number) {
    this.id = id;
    this.started = ts;
    this.last = ts;
  }

  /** The hop with the look in force; a clone that shows up here is told by `lineage`. */
  hop(hop: HopEvent, lineage: (event: LineageEvent) => void): JourneyHop {
    const state = this.stateOf(hop, lineage);
    hopOf(state, hop);
    const step = { hop, look: state.look ?? this.latest?.look ?? null };
    this.latest = state;
    this.last = hop.ts;
    this.hops++;
    if (this.steps.length < MOST_STEPS) this.steps.push(step);
    else this.leftOut++;
    return step;
  }

  /** The look as an event, or null when nothing that matters differs from the sk_buff's last one. */
  look(seen: SeenLook, lineage: (event: LineageEvent) => void): LookEvent | null {
    const state = this.stateOf(seen, lineage);
    const event = lookEvent(state.lastSeen, seen);
    state.lastSeen = seen;
    this.last = seen.ts;
    if (!event) return null;
    state.look = event;
    this.latest = state;
    if (this.looks.length < MOST_STEPS) this.looks.push(event);
    return event;
  }

  descend(event: LineageEvent): void {
    if (this.lineage.length < MOST_STEPS) this.lineage.push(event);
    if (NEW_BYTES.has(event.kind)) this.bytes++;
    if (event.kind === 'merge' || event.kind === 'reassemble') {
      const state = this.skbs.get(event.skb);
      if (state) state.mergedInto = event.parent;
      return;
    }
    if (event.kind === 'realloc' || event.kind === 'retransmit') return;
    const parent = this.skbs.get(event.parentSkb ?? '') ?? this.latest;
    this.adopt(event.skb, parent);
  }

  /**
   * The last user of some bytes let go of them: whoever has not ended by then has ended here, or, `unseen`, some time
   * before.
   */
  release(skb: string, ts: number, unseen: boolean): void {
    this.bytes--;
    if (!unseen) this.last = Math.max(this.last, ts);
    const state = this.skbs.get(skb);
    if (state) state.end ??= unseen ? gone(state) : freed(state, null);
  }

  /** Every sk_buff has ended, or all bytes are gone. */
  get finished(): boolean {
    if (this.bytes <= 0) return true;
    if (this.skbs.size === 0) return false;
    for (const { end } of this.skbs.values()) if (!end) return false;
    return true;
  }

  /** Everything that is not finished was delivered, and waits for a reader. */
  get delivered(): boolean {
    for (const { end, reached } of this.skbs.values()) if (!end && !reached.delivered) return false;
    return this.skbs.size > 0;
  }

  close(time: string, running: boolean): Journey {
    for (const state of this.skbs.values()) this.ends.push(state.end ?? this.endOf(state, running));
    const end = this.trailEnd(time);
    const { id: trail, steps, looks, lineage, leftOut: hopsLeftOut } = this;
    return { trail, steps, looks, lineage, notes: redirectNotes(steps), end, hopsLeftOut };
  }

  private endOf(state: SkbState, running: boolean): SkbEnd {
    return this.bytes <= 0 ? freed(state, null) : unfinished(state, running);
  }

  private trailEnd(time: string): TrailEnd {
    const ends = this.ends.slice(0, MOST_ENDS);
    const best = [...this.ends].sort((a, b) => RANK.indexOf(a.outcome) - RANK.indexOf(b.outcome))[0];
    const end = best ?? unfinished(newSkb('0x0'), false);
    const { id: trail, last: ts, hops } = this;
    const durationNs = this.last - this.started;
    return { type: 'end-of-trail', time, ts, trail, outcome: end.outcome, end, ends, hops, durationNs };
  }

  private stateOf(event: HopEvent | SeenLook, lineage: (event: LineageEvent) => void): SkbState {
    const known = this.skbs.get(event.skb);
    if (known && !(known.end && event.type === 'look')) return known;
    if (known?.end) this.ends.push(known.end);
    const parent = known ? null : this.latest;
    if (parent) lineage(this.cloneOf(event, parent));
    return this.adopt(event.skb, parent ?? known ?? null);
  }

  private adopt(skb: string, parent: SkbState | null): SkbState {
    const state = newSkb(skb);
    state.lastSeen = parent?.lastSeen ?? null;
    state.look = parent?.look ?? null;
    this.skbs.set(skb, state);
    return state;
  }

  private cloneOf(event: HopEvent | SeenLook, parent: SkbState): LineageEvent {
    const { time, ts, cpu, trail, skb, function: name } = event;
    const clone: LineageEvent = {
      type: 'lineage',
      time,
      ts,
      cpu,
      trail,
      parent: trail,
      kind: 'clone',
      skb,
      parentSkb: parent.skb,
      function: name,
    };
    if (this.lineage.length < MOST_STEPS) this.lineage.push(clone);
    return clone;
  }
}
