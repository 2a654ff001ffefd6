import { describe, expect, it } from 'vitest';
import { Play } from './testdata/play.ts';

const textsOf = (notes: readonly { readonly text: string }[]): string[] => notes.map(({ text }) => text);

/** Three fragments, each a packet of its own, arrive in order; the last one's sk_buff becomes the whole. */
function threeFragments(): Play {
  const play = new Play();
  for (const [trail, skb] of [
    [1, 'a'],
    [2, 'b'],
    [3, 'c'],
  ] as const)
    play.look(trail, skb).hop(trail, skb, 'ip_rcv').queue('enqueue', trail, skb, 'q');
  return play;
}

describe('fragments', () => {
  it('end in the packet that they are put together to, which says so', () => {
    const play = threeFragments().hop(1, 'a', 'consume_skb', { caller: 'inet_frag_reasm_prepare+0x1' });
    play.queue('reassemble', 1, 'c', 'q');
    play.look(1, 'c', { length: 4000 }).hop(1, 'c', 'udp_rcv').hop(1, 'c', '__udp_enqueue_schedule_skb');
    const whole = play.journey(1);
    expect(whole.end.end).toMatchObject({ outcome: 'delivered', skb: 'c' });
    expect(textsOf(whole.notes)).toEqual(['reassembled from 3 fragments: this one and #2, #3']);
    expect(whole.steps[whole.notes[0]!.at]!.hop.function).toBe('udp_rcv');
    for (const trail of [2, 3])
      expect(play.journey(trail).end.end).toMatchObject({ outcome: 'consumed', why: 'reassembled into #1' });
    expect(play.told.map(({ kind, trail, parent }) => [kind, trail, parent])).toEqual([
      ['reassemble', 1, 1],
      ['reassemble', 2, 1],
      ['reassemble', 3, 1],
    ]);
  });

  it('say so when the whole is not followed', () => {
    const play = threeFragments().queue('reassemble', 0, 'x', 'q');
    expect(play.journey(2).end.end.why).toBe('reassembled into a packet that is not followed');
    expect(play.told.map(({ parent }) => parent)).toEqual([null, null, null]);
  });

  it('are not taken for parts of what is put together in the same queue after they were dropped', () => {
    const play = threeFragments();
    for (const [trail, skb] of [
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ] as const)
      play.hop(trail, skb, 'kfree_skb', { reason: 'FRAG_REASM_TIMEOUT', subsystem: 'core' });
    play.look(4, 'd').hop(4, 'd', 'ip_rcv').queue('enqueue', 4, 'd', 'q').queue('reassemble', 4, 'd', 'q');
    expect(play.told.map(({ trail }) => trail)).toEqual([4]);
    expect(play.journey(2).end.end).toMatchObject({ outcome: 'dropped', reason: 'FRAG_REASM_TIMEOUT' });
  });

  it('wait until the others are there', () => {
    expect(threeFragments().journey(2).end.end).toMatchObject({
      outcome: 'queued',
      why: 'waiting for the other fragments of its packet',
    });
  });

  it('that are freed with the whole were not dropped', () => {
    const play = threeFragments().queue('reassemble', 1, 'c', 'q');
    play
      .look(2, 'b', { function: 'kfree_skb', ifindex: null })
      .hop(2, 'b', 'kfree_skb', { reason: 'NOT_SPECIFIED' });
    const { end, looks } = play.journey(2);
    expect(end.ends).toMatchObject([{ outcome: 'consumed', why: 'reassembled into #1' }]);
    expect(looks).toHaveLength(1);
  });
});

describe('an sk_buff that nothing met before it is freed', () => {
  it.each([
    ['NOT_SPECIFIED', 'consumed'],
    ['SOCKET_FILTER', 'dropped'],
  ])('is a fragment of the whole, unless it was dropped for a reason (%s)', (reason, outcome) => {
    const play = threeFragments().queue('reassemble', 1, 'c', 'q');
    play.hop(3, 'd', 'kfree_skb', { reason, subsystem: 'core' });
    const { ends } = play.journey(3).end;
    expect(ends.find(({ skb }) => skb === 'd')!.outcome).toBe(outcome);
  });
});

describe('what GRO merges', () => {
  it('ends in the packet that was held', () => {
    const play = new Play().look(1, 'a').hop(1, 'a', 'napi_gro_receive_entry');
    play.look(2, 'b').hop(2, 'b', 'napi_gro_receive_entry').lineage('merge', 2, 'b', 1, 'a').release(2, 'b');
    play.look(3, 'c').hop(3, 'c', 'napi_gro_receive_entry').lineage('merge', 3, 'c', 1, 'a').release(3, 'c');
    play.look(1, 'a', { length: 4500 }).hop(1, 'a', 'netif_receive_skb').hop(1, 'a', 'tcp_rcv_established');
    expect(play.journey(2).end.end.why).toBe('merged into #1 by GRO');
    expect(textsOf(play.journey(1).notes)).toEqual(['GRO merged 2 other packets into this one: #2, #3']);
    expect(play.journey(1).end.outcome).toBe('delivered');
  });

  it('goes on as the packet that was held when that was not followed before', () => {
    const play = new Play().look(2, 'b').hop(2, 'b', 'napi_gro_receive_entry');
    play.lineage('merge', 2, 'b', 2, 'a').release(2, 'b').look(2, 'a', { length: 3000 });
    play.hop(2, 'a', 'netif_receive_skb').hop(2, 'a', 'tcp_rcv_established');
    const { end } = play.journey(2);
    expect(end.end).toMatchObject({ outcome: 'delivered', skb: 'a' });
    expect(end.ends[0]!.why).toBe('merged into a packet before it that goes on for it by GRO');
  });
});

describe('memory that is given back', () => {
  it.each([
    [false, 'consumed'],
    [true, 'lost'],
  ] as const)('is an end only where that was seen (unseen: %s)', (unseen, outcome) => {
    const play = new Play().look(1, 'a').hop(1, 'a', 'netif_receive_skb').release(1, 'a', unseen);
    expect(play.journey(1).end.outcome).toBe(outcome);
  });
});
