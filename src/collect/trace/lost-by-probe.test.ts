import { describe, expect, it } from 'vitest';
import { lossCounterOf, type NumberedProbe, STATE_AT } from '../../probes/index.ts';
import { lostByProbe } from './lost-by-probe.ts';

function probe(name: string, tracepoint = false): NumberedProbe {
  return { function: name, module: null, stage: 'other', tracepoint, verdict: null };
}

/** Counters by their number. */
function counting(counts: Readonly<Record<number, number>>): DataView {
  const view = new DataView(new ArrayBuffer(STATE_AT.released));
  for (const [counter, count] of Object.entries(counts))
    view.setUint32(STATE_AT.lostByProbe + Number(counter) * 4, count, true);
  return view;
}

describe('lostByProbe', () => {
  it('goes by number where probes have one', () => {
    const numbers = [probe('netif_rx', true), probe('ip_rcv'), probe('tcp_v4_rcv')].entries();
    expect(lostByProbe(counting({ 0: 2, 2: 7 }), numbers, false)).toEqual([
      { function: 'netif_rx', lost: 2 },
      { function: 'tcp_v4_rcv', lost: 7 },
    ]);
  });

  it('goes by address where functions have none, and names all that share a counter', () => {
    const [a, b, c] = [0x81c0_1230, 0x81c0_1230 + (8192 << 4), 0x81c0_1250];
    expect(lossCounterOf(a)).toBe(lossCounterOf(b));
    const numbers = [
      [0, probe('netif_rx', true)],
      [a, probe('ip_rcv')],
      [b, probe('arp_rcv')],
      [c, probe('ip_output')],
    ] as const;
    const view = counting({ 0: 1, [lossCounterOf(a)]: 3, [lossCounterOf(c)]: 4 });
    expect(lostByProbe(view, numbers, true)).toEqual([
      { function: 'netif_rx', lost: 1 },
      { function: 'ip_rcv or arp_rcv', lost: 3 },
      { function: 'ip_output', lost: 4 },
    ]);
  });
});
