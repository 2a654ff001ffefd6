import type { LookEvent, StageName } from '../events/index.ts';
import type { JourneyHop, JourneyNote } from './journey.ts';

/** What a packet goes through when it leaves one namespace for another over a pair of devices. */
const WIRES: ReadonlySet<string> = new Set([
  'veth_xmit',
  'netkit_xmit',
  'net_dev_start_xmit',
  'net_dev_queue',
  'enqueue_to_backlog',
  'netif_rx',
  'dev_forward_skb',
  'gro_cells_receive',
  'napi_gro_receive_entry',
  'netif_receive_skb',
  'macvlan_start_xmit',
  'ipvlan_start_xmit',
  'loopback_xmit',
]);
/** Here the kernel does what a tc program has asked for. */
const DECIDES = 'skb_do_redirect';
/** Met by what bpf_redirect and bpf_clone_redirect send on, not by bpf_redirect_neigh and bpf_redirect_peer. */
const PLAIN = '__bpf_redirect';

/** What tells whether the packet was sent on or received anew. */
const RECEIVED: ReadonlySet<StageName> = new Set(['driver', 'receive', 'ip-input', 'bridge', 'arp', 'tc']);
const SENT: ReadonlySet<StageName> = new Set(['neighbour', 'xmit', 'qdisc', 'output']);
const SKIPPED = 'routing, forwarding and netfilter of this namespace were skipped';

interface Decision {
  /** Interface at which the program ran. */
  readonly from: string;
  plain: boolean;
  /** bpf_clone_redirect: the program went on with the packet itself. */
  readonly clone: boolean;
  /** How the packet looked then. */
  readonly look: LookEvent | null;
}

/** bpf_redirect_peer, bpf_redirect_neigh, bpf_redirect and bpf_clone_redirect, from what followed (or did not) what. */
export function redirectNotes(steps: readonly JourneyHop[]): readonly JourneyNote[] {
  const lastOf = new Map<string, number>();
  const decided = new Map<string, Decision>();
  const notes: JourneyNote[] = [];
  const blind = steps.every(({ hop }) => hop.kind === 'tracepoint');
  steps.forEach((step, at) => {
    const { skb, function: name, kind } = step.hop;
    const before = steps[lastOf.get(skb) ?? -1];
    const decision = decided.get(skb);
    const crossed = before && noteCrossing(before, step, at, notes, decision !== undefined);
    if (crossed) decided.delete(skb);
    else if (blind && before) noteUnrouted(before, step, at, notes);
    if (kind === 'return') return;
    const from = step.look?.ifname ?? 'another device';
    if (name === DECIDES) decided.set(skb, { from, plain: false, clone: false, look: step.look });
    else if (name === PLAIN && decision) decision.plain = true;
    else if (name === PLAIN) decided.set(skb, { from, plain: true, clone: true, look: step.look });
    else if (decision && !crossed && (SENT.has(step.hop.stage) || RECEIVED.has(step.hop.stage))) {
      notes.push({ ...redirectNote(decision, step), at });
      decided.delete(skb);
    }
    lastOf.set(skb, at);
  });
  return notes;
}

/** Another namespace from one hop to the next, with no wire met in between: only a redirect to a peer does that. */
function noteCrossing(
  before: JourneyHop,
  now: JourneyHop,
  at: number,
  notes: JourneyNote[],
  decided: boolean,
): boolean {
  const [from, to] = [before.look, now.look];
  if (!from || !to || from === to || from.netns === null || to.netns === null || from.netns === to.netns)
    return false;
  if (to.changed.includes('decapsulated')) return false;
  const wired = WIRES.has(before.hop.function) && before.hop.function !== 'netif_receive_skb';
  if (!decided && (wired || before.hop.function !== 'netif_receive_skb' || WIRES.has(now.hop.function)))
    return false;
  const place = `${to.netnsName ?? `namespace ${to.netns}`}'s ${to.ifname ?? 'device'}`;
  notes.push({
    kind: 'redirect-peer',
    at,
    text: `moved straight into ${place} (bpf_redirect_peer): the host's end of the pair, netfilter and conntrack of ${from.netnsName ?? 'the host'} were skipped`,
  });
  return true;
}

/** What the first thing that met the packet after the program's decision says about it. */
function redirectNote(decision: Decision, { hop, look }: JourneyHop): Omit<JourneyNote, 'at'> {
  const { from, clone } = decision;
  const to = look?.ifname ?? 'another device';
  const helper = clone ? 'bpf_clone_redirect' : 'bpf_redirect';
  if (RECEIVED.has(hop.stage))
    return {
      kind: 'redirect-ingress',
      text: `moved from ${from} to ${to} by a BPF program (${helper} with BPF_F_INGRESS), as if it had been received there`,
    };
  if (hop.stage === 'neighbour' || (!decision.plain && !sameMac(decision.look, look)))
    return { kind: 'redirect-neigh', text: neighText(from, to, 'bpf_redirect_neigh') };
  return {
    kind: 'redirect',
    text: `sent on from ${from} by ${to}, as it was, by a BPF program (${helper}): ${SKIPPED}`,
  };
}

/** A neighbour has another address than the one that the packet came with; a hop may be missing. */
function sameMac(before: LookEvent | null, now: LookEvent | null): boolean {
  const mac = before?.packet?.ethernet?.dst;
  return mac !== undefined && mac === now?.packet?.ethernet?.dst;
}

function neighText(from: string, to: string, helper: string): string {
  return `sent on from ${from} by ${to} to a neighbour by a BPF program (${helper}): ${SKIPPED}`;
}

/**
 * From tracepoints alone: received by one interface and sent by another one of the namespace with new MAC addresses and
 * the TTL that it had. Routing would have lowered that, a bridge leaves the addresses alone.
 */
function noteUnrouted(before: JourneyHop, now: JourneyHop, at: number, notes: JourneyNote[]): void {
  const [from, to] = [before.look, now.look];
  if (before.hop.function !== 'netif_receive_skb' || now.hop.function !== 'net_dev_queue') return;
  if (!from || !to || from.netns !== to.netns || from.ifindex === to.ifindex) return;
  const [sent, got] = [to.packet, from.packet];
  if (!sent?.ethernet || !got?.ethernet || sent.inner || got.inner || to.ttl === null) return;
  if (to.ttl !== from.ttl || sent.ethernet.dst === got.ethernet.dst || sent.src !== got.src) return;
  const text = neighText(
    from.ifname ?? '?',
    to.ifname ?? '?',
    'bpf_redirect_neigh, as far as tracepoints tell',
  );
  notes.push({ kind: 'redirect-neigh', at, text });
}
