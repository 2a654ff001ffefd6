import type { HopEvent, LineageEvent, LookEvent, Outcome, SeenLook, SkbEnd } from '../events/index.ts';
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
  /** The look in force when it was sent. */
  sentAs: LookEvent | null;
  /** A fragment that waits for the others. */
  queued: boolean;
  /** It went on as a part of another: freeing it means nothing. */
  merged: boolean;
  /** Met only when it was freed, with the reassembled packet that it held a fragment of. */
  part: boolean;
}

export function newSkb(skb: string): SkbState {
  return {
    skb,
    reached: nothingReached(),
    lastHop: null,
    lastSeen: null,
    look: null,
    end: null,
    sentAs: null,
    queued: false,
    merged: false,
    part: false,
  };
}

/** A hop of this sk_buff; freeing ones end it. */
export function hopOf(state: SkbState, hop: HopEvent): void {
  reach(state.reached, hop);
  if (state.reached.sent === hop) state.sentAs = state.look;
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
  if (state.part && (reason === null || reason === 'NOT_SPECIFIED')) return freed(state, hop.caller);
  if (delivered && THROWN_AWAY.has(reason ?? ''))
    return endOf(state, 'delivered', at(delivered), { why: 'thrown away unread when the socket was closed' });
  return endOf(state, 'dropped', placeOf(hop.caller), { reason, subsystem });
}

function at(hop: HopEvent): Place {
  return { function: hop.function, offset: null, module: hop.module };
}

/** Out by the device that had it then: whoever frees it may have set another one. */
function sentEnd(state: SkbState, sent: HopEvent, more: Partial<SkbEnd> = {}): SkbEnd {
  const { ifname = null, netns = null, netnsName = null } = state.sentAs ?? {};
  return endOf(state, 'sent', at(sent), { ifname, netns, netnsName, ...more });
}

/** Hand packets to native XDP programs of virtual devices, or give them copies in memory that they may write to. */
const TO_XDP: ReadonlySet<string> = new Set([
  'skb_pp_cow_data',
  'veth_convert_skb_to_xdp_buff',
  'veth_xdp_rcv_skb',
]);

/** Freed without being dropped: what it had reached tells what that means. */
export function freed(state: SkbState, caller: string | null): SkbEnd {
  const { delivered, sent } = state.reached;
  const place = placeOf(caller);
  if (state.part) return endOf(state, 'consumed', place, { why: 'held a fragment of the whole packet' });
  if (delivered) return endOf(state, 'delivered', at(delivered));
  if (TO_XDP.has(place.function ?? ''))
    return endOf(state, 'consumed', place, {
      why: `went to the XDP program on ${state.look?.ifname ?? 'the device'}: what that drops or redirects is not seen, what it lets pass is met as another packet`,
    });
  if (isTaker(place.function)) return endOf(state, 'delivered', place);
  if (sent) return sentEnd(state, sent);
  const by = place.function ?? state.lastHop?.function ?? null;
  const why =
    by === null ? 'freed without being a drop' : `${by} was done with it: freed without being a drop`;
  return endOf(state, 'consumed', { ...place, function: by }, { why });
}

/** Freed where nothing is probed: its memory is another packet's by now. */
export function gone(state: SkbState): SkbEnd {
  const { delivered, sent } = state.reached;
  if (delivered) return endOf(state, 'delivered', at(delivered));
  if (sent) return sentEnd(state, sent);
  return lostEnd(state, '; freed or moved after that where nothing is probed: its memory is in use again');
}

/** Nothing tells what became of it since its last hop; `since` goes on with the sentence that names that. */
function lostEnd(state: SkbState, since: string): SkbEnd {
  const { lastHop } = state;
  const where = lastHop ? `last seen at ${lastHop.function}` : 'never seen';
  return endOf(state, 'lost', lastHop ? at(lastHop) : placeOf(null), { why: where + since });
}

/** It goes on as a part of another packet, or of another sk_buff of its own: `isNew` when that was not followed before. */
export function mergedEnd(state: SkbState, event: LineageEvent, isNew: boolean): SkbEnd {
  const { kind, parent, trail, function: name } = event;
  const place = { function: name, offset: null, module: null };
  const other = kind === 'merge' ? 'another packet' : 'a packet that is not followed';
  const into = parent === null ? other : `#${parent}`;
  const why =
    kind === 'reassemble'
      ? `reassembled${parent === trail ? ' with the other fragments' : ` into ${into}`}`
      : `merged into ${parent === trail ? (isNew ? 'a packet before it that goes on for it' : 'the one before it') : into} by GRO`;
  return endOf(state, 'consumed', place, { why });
}

/** Not freed as far as was seen: where it is, or where it was seen last. */
export function unfinished(state: SkbState, running: boolean): SkbEnd {
  const { delivered, sent, waiting } = state.reached;
  const { lastHop } = state;
  if (delivered)
    return endOf(state, 'delivered', at(delivered), {
      why: 'not read by the application yet, as far as was seen',
    });
  if (state.queued && lastHop)
    return endOf(state, 'queued', at(lastHop), { why: 'waiting for the other fragments of its packet' });
  if (waiting) return endOf(state, 'queued', at(waiting), { why: `waiting since ${waiting.function}` });
  if (sent) return sentEnd(state, sent, { why: 'its driver has not freed it yet' });
  const since = '; nothing that is probed met it since, and no drop was seen';
  return lostEnd(state, running ? since : ' when the run ended');
}
