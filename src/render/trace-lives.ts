import type { HopEvent, LineageEvent, LineageKind, LookEvent, SkbEnd } from '../events/index.ts';
import type { Journey, JourneyNote } from '../trail/index.ts';

/** What happens in the life of one sk_buff, in order. */
export type LifeEvent =
  | { readonly kind: 'hop'; readonly hop: HopEvent; readonly look: LookEvent | null }
  | { readonly kind: 'look'; readonly look: LookEvent; readonly before: LookEvent | null }
  | { readonly kind: 'note'; readonly note: JourneyNote }
  | { readonly kind: 'child'; readonly child: Life };

/** One sk_buff of a journey from its first event until it is freed; an address used again is another life. */
export interface Life {
  readonly skb: string;
  readonly born: LineageKind | 'first';
  readonly parent: Life | null;
  /** ns, of its first event. */
  readonly start: number;
  readonly events: LifeEvent[];
  end: SkbEnd | null;
}

const BIRTHS: ReadonlySet<LineageKind> = new Set(['clone', 'copy', 'segment', 'fragment']);
const JOINS: ReadonlySet<LineageKind> = new Set(['merge', 'reassemble']);
const FREES: ReadonlySet<string> = new Set(['kfree_skb', 'consume_skb']);

/** The lives of a journey, the first one first, parents before children. */
export function livesOf(journey: Journey): readonly Life[] {
  const walk = new Walk(journey);
  const { steps, looks } = journey;
  let next = 0;
  steps.forEach((step, at) => {
    while (next < looks.length && looks[next]!.ts <= step.hop.ts) walk.look(looks[next++]!);
    walk.hop(at);
  });
  while (next < looks.length) walk.look(looks[next++]!);
  return walk.finish();
}

class Walk {
  private readonly journey: Journey;
  private readonly lives: Life[] = [];
  private readonly current: Map<string, Life> = new Map();
  private readonly over: Set<Life> = new Set();
  private readonly lastLook: Map<Life, LookEvent> = new Map();
  private readonly births: Map<string, LineageEvent[]> = new Map();
  private readonly notes: Map<number, JourneyNote[]> = new Map();
  private readonly joins: readonly LineageEvent[];
  private joined = 0;
  private readonly wholes: Set<string> = new Set();
  private latest: Life | null = null;

  constructor(journey: Journey) {
    this.journey = journey;
    for (const event of journey.lineage) if (BIRTHS.has(event.kind)) push(this.births, event.skb, event);
    this.joins = journey.lineage.filter(({ kind }) => JOINS.has(kind));
    for (const note of journey.notes) push(this.notes, note.at, note);
  }

  look(look: LookEvent): void {
    this.join(look.ts);
    const life = this.lifeOf(look.skb, look.ts, false);
    const before = this.lastLook.get(life) ?? this.lookOfParents(life);
    life.events.push({ kind: 'look', look, before });
    this.lastLook.set(life, look);
  }

  hop(at: number): void {
    const { hop, look } = this.journey.steps[at]!;
    this.join(hop.ts);
    const life = this.lifeOf(hop.skb, hop.ts, hop.kind === 'return' || hop.stage === 'free');
    for (const note of this.notes.get(at) ?? []) life.events.push({ kind: 'note', note });
    life.events.push({ kind: 'hop', hop, look });
    if (FREES.has(hop.function)) this.over.add(life);
    this.latest = life;
  }

  /** Ends go to the lives of their address, oldest first. */
  finish(): readonly Life[] {
    const waiting = new Map<string, SkbEnd[]>();
    for (const end of this.journey.end.ends) push(waiting, end.skb, end);
    for (const life of this.lives) life.end = waiting.get(life.skb)?.shift() ?? null;
    return this.lives;
  }

  /** Lives that went on as a part of another one until then are over; of the same packet, the other is their child. */
  private join(ts: number): void {
    for (; (this.joins[this.joined]?.ts ?? Number.POSITIVE_INFINITY) <= ts; this.joined++) {
      const { skb, parentSkb, parent, trail, ...event } = this.joins[this.joined]!;
      const life = this.current.get(skb);
      if (life) this.over.add(life);
      const whole = `${parentSkb} ${event.ts}`;
      if (parent !== trail || parentSkb === null || this.wholes.has(whole)) continue;
      this.wholes.add(whole);
      push(this.births, parentSkb, { ...event, parent, trail, skb: parentSkb, parentSkb: skb });
    }
  }

  /** What is left of a freed sk_buff (returns, a second free) still belongs to it. */
  private lifeOf(skb: string, ts: number, afterwards: boolean): Life {
    const known = this.current.get(skb);
    if (known && (afterwards || !this.over.has(known))) return known;
    return this.born(skb, ts);
  }

  private born(skb: string, ts: number): Life {
    const birth = this.births.get(skb)?.shift();
    const parent = this.parentOf(birth);
    const life: Life = {
      skb,
      born: parent ? (birth?.kind ?? 'clone') : 'first',
      parent,
      start: ts,
      events: [],
      end: null,
    };
    this.lives.push(life);
    this.current.set(skb, life);
    parent?.events.push({ kind: 'child', child: life });
    return life;
  }

  private parentOf(birth: LineageEvent | undefined): Life | null {
    return this.current.get(birth?.parentSkb ?? '') ?? this.latest ?? this.lives[0] ?? null;
  }

  private lookOfParents(life: Life): LookEvent | null {
    for (let at = life.parent; at; at = at.parent) {
      const look = this.lastLook.get(at);
      if (look) return look;
    }
    return null;
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
