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
import { type Absorbed, absorbedNotes } from './absorbed.ts';
import type { Journey, JourneyHop } from './journey.ts';
import { redirectNotes } from './redirects.ts';
import { freed, gone, hopOf, mergedEnd, newSkb, type SkbState, unfinished } from './skb-state.ts';

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
  private readonly absorbed: Absorbed[] = [];
  private latest: SkbState | null = null;
  private bytes = 1;
  private joined = false;
  private unseen = false;
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
    if (state.merged) return null;
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
      this.mergeAway(event);
      return;
    }
    if (event.kind === 'realloc' || event.kind === 'retransmit') return;
    const parent = this.skbs.get(event.parentSkb ?? '') ?? this.latest;
    this.adopt(event.skb, parent);
  }

  /** A fragment waits for the others. */
  waits(skb: string): void {
    const state = this.skbs.get(skb);
    if (state) state.queued = true;
  }

  /** Is this a fragment that still waits, as far as was seen? */
  isWaiting(skb: string): boolean {
    const state = this.skbs.get(skb);
    return state?.queued === true && state.end?.outcome !== 'dropped';
  }

  /** A packet goes on as a part of this one, by GRO or reassembly. */
  absorb(kind: Absorbed['kind'], trail: number, skb: string): void {
    if (this.absorbed.length < MOST_STEPS) this.absorbed.push({ kind, trail, skb, at: this.steps.length });
  }

  /** The whole, whose sk_buff was one of the fragments'. */
  become(skb: string): void {
    const known = this.skbs.get(skb);
    if (known?.end) this.ends.push(known.end);
    if (!known || known.end) this.adopt(skb, known ?? this.latest);
  }

  /**
   * The last user of some bytes let go of them: whoever has not ended by then has ended here, or, `unseen`, some time
   * before.
   */
  release(skb: string, ts: number, unseen: boolean): void {
    this.bytes--;
    if (!unseen) this.last = Math.max(this.last, ts);
    const state = this.skbs.get(skb);
    if (unseen) this.unseen = true;
    if (state) state.end ??= unseen ? gone(state) : freed(state, null);
  }

  /** Nothing was seen of it but what others have to do with it. */
  get isEmpty(): boolean {
    return this.hops === 0 && this.looks.length === 0;
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
    const notes = [...redirectNotes(steps), ...absorbedNotes(this.absorbed, trail, steps)];
    notes.sort((a, b) => a.at - b.at);
    return { trail, steps, looks, lineage, notes, end, hopsLeftOut };
  }

  private mergeAway(event: LineageEvent): void {
    if (event.kind === 'reassemble') this.joined = true;
    const state = this.skbs.get(event.skb);
    const into = event.parent === this.id ? this.skbs.get(event.parentSkb ?? '') : undefined;
    const isNew = event.kind === 'merge' && event.parent === this.id && (!into || into.end !== null);
    if (state) {
      state.queued = false;
      state.merged = true;
      state.end = mergedEnd(state, event, isNew);
    }
    if (!isNew) return;
    if (into?.end) this.ends.push(into.end);
    this.bytes++;
    this.adopt(event.parentSkb!, state ?? this.latest);
  }

  private endOf(state: SkbState, running: boolean): SkbEnd {
    return this.bytes <= 0 ? (this.unseen ? gone(state) : freed(state, null)) : unfinished(state, running);
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
    const freeing = isFreeing(event);
    if (known && !(known.end && event.type === 'look' && !(known.merged && freeing))) return known;
    if (known?.end) this.ends.push(known.end);
    const parent = known ? null : this.latest;
    if (parent) lineage(this.cloneOf(event, parent));
    const state = this.adopt(event.skb, parent ?? known ?? null);
    state.part = this.joined && freeing;
    return state;
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

const FREES: ReadonlySet<string> = new Set(['kfree_skb', 'consume_skb']);

function isFreeing(event: HopEvent | SeenLook): boolean {
  return event.type === 'hop' ? event.stage === 'free' : FREES.has(event.function);
}
