import { describe, expect, it } from 'vitest';
import { plainStyle } from './style.ts';
import { JOURNEYS } from './testdata/journeys.ts';
import { LatencyTable, latencyText } from './trace-latency.ts';

describe('LatencyTable', () => {
  it('counts the time from each stage to the next', async () => {
    const table = new LatencyTable();
    for (const name of ['nft-drop', 'udp-read', 'udp-read', 'router']) table.add(JOURNEYS[name]!());
    const row = table.rows().find(({ from, to }) => from === 'udp' && to === 'read');
    expect(row).toMatchObject({ type: 'stage-latency', count: 2, maxNs: 2_304_000 });
    await expect(latencyText(table.rows(), plainStyle)).toMatchFileSnapshot('testdata/trace/latency.txt');
  });

  it('keeps the number of pairs in bounds: the rest is one row', () => {
    const table = new LatencyTable(3);
    table.add(JOURNEYS['nft-drop']!());
    const rows = table.rows();
    expect(rows.map(({ from }) => from)).toEqual([
      'output',
      'netfilter postrouting',
      'transmit',
      'other pairs',
    ]);
    expect(rows.at(-1)).toMatchObject({ to: '', count: 3 });
  });
});
