import type { HopEvent, LookEvent, Outcome, SeenLook, SkbEnd } from '../events/index.ts';
import { isTaker, nothingReached, type Reached, reach } from './delivery.ts';

/** One sk_buff of a trail, from its first hop until it is freed. */
export interface SkbState {
  readonly skb: string;
  readonly reached: Reached;
  lastHop: HopEvent | null;
  /** What the next look is compared with. */
  lastSeen: SeenLook | null;
  /** The look in force. */
  look: LookEvent | null;
  end: SkbEnd | null;
  /** Another packet's, that took this one in. */
  mergedInto: number | null;
}

export function newSkb(skb: string): SkbState {
  return {
    skb,
    reached: nothingReached(),
    lastHop: null,
    lastSeen: null,
    look: null,
    end: null,
    mergedInto: null,
  };
}

/** A hop of this sk_buff; freeing ones end it. */
export function hopOf(state: SkbState, hop: HopEvent): void {
  reach(state.reached, hop);
  if (hop.stage !== 'free') {
    state.lastHop = hop;
    return;
  }
  if (hop.function === 'kfree_skb') state.end ??= dropped(state, hop);
  else if (hop.function === 'consume_skb') state.end ??= freed(state, hop.caller);
}

const PLACE = /^(.*?)\+0x([0-9a-f]+)(?: \[(.*)\])?$/;

interface Place {
  readonly function: string | null;
  readonly offset: number | null;
  readonly module: string | null;
}

function placeOf(caller: string | null): Place {
  const found = PLACE.exec(caller ?? '');
  if (!found) return { function: null, offset: null, module: null };
  return { function: found[1]!, offset: Number.parseInt(found[2]!, 16), module: found[3] ?? null };
}

function endOf(state: SkbState, outcome: Outcome, place: Place, more: Partial<SkbEnd> = {}): SkbEnd {
  const { look, skb } = state;
  return {
    skb,
    outcome,
    ...place,
    reason: null,
    subsystem: null,
    ifname: look?.ifname ?? null,
    netns: look?.netns ?? null,
    netnsName: look?.netnsName ?? null,
    why: null,
    ...more,
  };
}

/** What a socket throws away because it is closed had been delivered before. */
const THROWN_AWAY: ReadonlySet<string> = new Set(['QUEUE_PURGE', 'SOCKET_CLOSE']);

function dropped(state: SkbState, hop: HopEvent): SkbEnd {
  const { reason, subsystem } = hop;
  const { delivered } = state.reached;
  if (delivered && THROWN_AWAY.has(reason ?? ''))
    return endOf(state, 'delivered', at(delivered), { why: 'thrown away unread when the socket was closed' });
  return endOf(state, 'dropped', placeOf(hop.caller), { reason, subsystem });
}

function at(hop: HopEvent): Place {
  return { function: hop.function, offset: null, module: hop.module };
}

/** Freed without being dropped: what it had reached tells what that means. */
export function freed(state: SkbState, caller: string | null): SkbEnd {
  const { delivered, sent } = state.reached;
  if (state.mergedInto !== null)
    return endOf(state, 'consumed', placeOf(caller), { why: `became part of trail ${state.mergedInto}` });
  if (delivered) return endOf(state, 'delivered', at(delivered));
  const place = placeOf(caller);
  if (isTaker(place.function)) return endOf(state, 'delivered', place);
  if (sent) return endOf(state, 'sent', at(sent));
  const by = place.function ?? state.lastHop?.function ?? null;
  const why =
    by === null ? 'freed without being a drop' : `${by} was done with it: freed without being a drop`;
  return endOf(state, 'consumed', { ...place, function: by }, { why });
}

/** Freed where nothing is probed: its memory is another packet's by now. */
export function gone(state: SkbState): SkbEnd {
  const { delivered, sent } = state.reached;
  if (delivered) return endOf(state, 'delivered', at(delivered));
  if (sent) return endOf(state, 'sent', at(sent));
  const { lastHop } = state;
  const where = lastHop ? `last seen at ${lastHop.function}` : 'never seen';
  const why = `${where}; freed after that where nothing is probed: its memory is in use again`;
  return endOf(state, 'lost', lastHop ? at(lastHop) : placeOf(null), { why });
}

/** Not freed as far as was seen: where it is, or where it was seen last. */
export function unfinished(state: SkbState, running: boolean): SkbEnd {
  const { delivered, sent, waiting } = state.reached;
  if (delivered)
    return endOf(state, 'delivered', at(delivered), {
      why: 'not read by the application yet, as far as was seen',
    });
  if (waiting) return endOf(state, 'queued', at(waiting), { why: `waiting since ${waiting.function}` });
  if (sent) return endOf(state, 'sent', at(sent), { why: 'its driver has not freed it yet' });
  const { lastHop } = state;
  const where = lastHop ? `last seen at ${lastHop.function}` : 'never seen';
  const why = running
    ? `${where}; nothing that is probed met it since, and no drop was seen`
    : `${where} when the run ended`;
  return endOf(state, 'lost', lastHop ? at(lastHop) : placeOf(null), { why });
}
