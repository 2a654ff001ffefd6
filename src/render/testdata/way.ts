import {
  type HopEvent,
  type LineageEvent,
  type LineageKind,
  type LookEvent,
  lookEvent,
  type Outcome,
  type SeenLook,
  type SkbEnd,
  type StageName,
} from '../../events/index.ts';
import type { Journey, JourneyHop, JourneyNote } from '../../trail/index.ts';

const EPOCH = Date.UTC(2026, 0, 31, 12, 0, 0);
const PROCESS = { pid: 4711, comm: 'curl' };

/** Writes a journey down, hop by hop; time goes on by a microsecond per event. */
export class Way {
  private readonly trail: number;
  private readonly steps: JourneyHop[] = [];
  private readonly looks: LookEvent[] = [];
  private readonly lineage: LineageEvent[] = [];
  private readonly notes: JourneyNote[] = [];
  private readonly ends: SkbEnd[] = [];
  private readonly seen: Map<string, SeenLook> = new Map();
  private readonly inForce: Map<string, LookEvent> = new Map();
  private skb = addressOf('a');
  private ts = 1_000_000_000;

  constructor(first: Partial<SeenLook>, trail = 7) {
    this.trail = trail;
    this.look({ ...BLANK, ...first, skb: this.skb });
  }

  /** What follows happens to this sk_buff. */
  on(letter: string): this {
    this.skb = addressOf(letter);
    return this;
  }

  /** The packet now looks so. */
  change(changes: Partial<SeenLook>): this {
    return this.look({ ...(this.seen.get(this.skb) ?? BLANK), ...changes, skb: this.skb });
  }

  /** Hops as "stage function", or "stage function = verdict" for an answer. */
  hops(...texts: readonly string[]): this {
    for (const text of texts) this.hop(text);
    return this;
  }

  wait(us: number): this {
    this.ts += us * 1000;
    return this;
  }

  dropped(reason: string, caller: string): this {
    this.hop('free kfree_skb', { kind: 'tracepoint', reason, subsystem: 'core', caller });
    const found = /^(.*?)\+0x([0-9a-f]+)(?: \[(.*)\])?$/.exec(caller)!;
    const place = { function: found[1]!, offset: Number.parseInt(found[2]!, 16), module: found[3] ?? null };
    return this.ended('dropped', { ...place, reason, subsystem: 'core' });
  }

  freed(caller: string): this {
    return this.hop('free consume_skb', { kind: 'tracepoint', caller });
  }

  ended(outcome: Outcome, end: Partial<SkbEnd>): this {
    const { ifname = null, netns = null, netnsName = null } = this.inForce.get(this.skb) ?? {};
    const nothing = { function: null, module: null, offset: null, reason: null, subsystem: null, why: null };
    this.ends.push({ skb: this.skb, outcome, ifname, netns, netnsName, ...nothing, ...end });
    return this;
  }

  /** Another sk_buff comes of the one at hand, and looks like it until `change`. */
  child(kind: LineageKind, letter: string, name: string): this {
    const [skb, parentSkb] = [addressOf(letter), this.skb];
    const { trail } = this;
    this.lineage.push({ type: 'lineage', ...this.moment(), trail, parent: trail, kind, skb, parentSkb, function: name });
    const before = this.seen.get(parentSkb)!;
    this.seen.set(skb, { ...before, skb });
    this.inForce.set(skb, this.inForce.get(parentSkb)!);
    return this;
  }

  note(kind: JourneyNote['kind'], text: string): this {
    this.notes.push({ kind, text, at: this.steps.length });
    return this;
  }

  journey(outcome?: Outcome): Journey {
    const { trail, steps, looks, lineage, notes, ends, ts } = this;
    const end = ends.find(one => one.outcome === (outcome ?? ends[0]!.outcome))!;
    const durationNs = ts - steps[0]!.hop.ts;
    const hops = steps.length;
    return {
      trail,
      steps,
      looks,
      lineage,
      notes,
      hopsLeftOut: 0,
      end: { type: 'end-of-trail', time: timeOf(ts), ts, trail, outcome: end.outcome, end, ends, hops, durationNs },
    };
  }

  private look(now: SeenLook): this {
    const look = { ...now, ...this.moment(), trail: this.trail };
    const event = lookEvent(this.seen.get(now.skb) ?? null, look);
    this.seen.set(now.skb, look);
    if (!event) return this;
    this.looks.push(event);
    this.inForce.set(now.skb, event);
    return this;
  }

  private hop(text: string, more: Partial<HopEvent> = {}): this {
    const [, stage, name, verdict] = /^(\S+) (\S+)(?: = (.*))?$/.exec(text)!;
    const hop: HopEvent = {
      type: 'hop',
      ...this.moment(),
      trail: this.trail,
      function: name!,
      module: null,
      stage: stage as StageName,
      kind: verdict === undefined ? 'entry' : 'return',
      skb: this.skb,
      returned: verdict === undefined ? null : 1,
      verdict: verdict ?? null,
      reason: null,
      subsystem: null,
      caller: null,
      stack: [],
      process: PROCESS,
      ...more,
    };
    this.steps.push({ hop, look: this.inForce.get(this.skb) ?? null });
    return this;
  }

  private moment(): { time: string; ts: number; cpu: number } {
    this.ts += 1000;
    return { time: timeOf(this.ts), ts: this.ts, cpu: 1 };
  }
}

function timeOf(ts: number): string {
  const us = Math.floor(ts / 1000) % 1_000_000;
  return `${new Date(EPOCH).toISOString().slice(0, 19)}.${String(us).padStart(6, '0')}Z`;
}

function addressOf(letter: string): string {
  return `0xffff8880000000${letter.charCodeAt(0).toString(16)}`;
}

const BLANK: SeenLook = {
  type: 'look',
  time: '',
  ts: 0,
  cpu: 1,
  trail: 7,
  skb: '',
  function: '',
  packet: null,
  ifname: null,
  ifindex: null,
  netns: null,
  netnsName: null,
  mark: 0,
  length: 60,
  mtu: 1500,
  ttl: 64,
  protocol: 0x0800,
  conntrack: null,
  process: PROCESS,
};
