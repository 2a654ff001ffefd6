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
const DECIDES = 'skb_do_redirect';
const PLAIN = new Set(['__bpf_redirect']);

/** bpf_redirect_peer, bpf_redirect_neigh and bpf_redirect, from what followed (or did not) what. */
export function redirectNotes(steps: readonly JourneyHop[]): readonly JourneyNote[] {
  const lastOf = new Map<string, number>();
  const decided = new Map<string, number>();
  const notes: JourneyNote[] = [];
  steps.forEach((step, at) => {
    const { skb, function: name, kind } = step.hop;
    const before = steps[lastOf.get(skb) ?? -1];
    if (before) noteCrossing(before, step, at, notes, decided.has(skb));
    if (kind === 'return') return;
    if (decided.has(skb)) noteRedirect(step, at, notes, decided);
    if (name === DECIDES) decided.set(skb, at);
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
): void {
  const [from, to] = [before.look, now.look];
  if (!from || !to || from === to || from.netns === null || to.netns === null || from.netns === to.netns)
    return;
  if (to.changed.includes('decapsulated')) return;
  const wired = WIRES.has(before.hop.function) && before.hop.function !== 'netif_receive_skb';
  if (!decided && (wired || before.hop.function !== 'netif_receive_skb' || WIRES.has(now.hop.function)))
    return;
  const place = `${to.netnsName ?? `namespace ${to.netns}`}'s ${to.ifname ?? 'device'}`;
  notes.push({
    kind: 'redirect-peer',
    at,
    text: `moved straight into ${place} (bpf_redirect_peer): the host's end of the pair, netfilter and conntrack of ${from.netnsName ?? 'the host'} were skipped`,
  });
}

function noteRedirect(
  step: JourneyHop,
  at: number,
  notes: JourneyNote[],
  decided: Map<string, number>,
): void {
  const { skb, function: name, stage } = step.hop;
  if (PLAIN.has(name)) {
    const device = step.look?.ifname ?? 'another device';
    notes.push({ kind: 'redirect', at, text: `redirected from ${device} by a BPF program (bpf_redirect)` });
    decided.delete(skb);
  } else if (stage === 'neighbour') {
    const text =
      'sent on by a BPF program (bpf_redirect_neigh): routing, forwarding and netfilter of this namespace were skipped';
    notes.push({ kind: 'redirect-neigh', at, text });
    decided.delete(skb);
  } else if (stage === 'ip-input' || stage === 'receive') decided.delete(skb);
}
