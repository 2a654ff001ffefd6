import { describe, expect, it } from 'vitest';
import type { DropCount, DropEvent } from '../events/index.ts';
import { countRows, countsTable } from './drop-counts-text.ts';
import { stacksText } from './drop-stacks-text.ts';
import { dropHint, dropLine } from './drop-text.ts';
import { dropsSummary } from './drops-summary.ts';
import { plainStyle, styleOf, wrap } from './style.ts';

const drop: DropEvent = {
  type: 'drop',
  time: '2026-01-31T12:00:00.123456Z',
  ts: 1,
  cpu: 0,
  reason: 'NO_SOCKET',
  subsystem: 'core',
  function: 'tcp_v4_rcv',
  offset: 0x91,
  module: null,
  location: '0xffffffff81234567',
  stack: ['tcp_v4_rcv+0x91', 'ip_rcv+0x10'],
  ifname: 'eth0',
  ifindex: 2,
  netns: 4026532199,
  netnsName: 'web',
  mark: 0x17,
  length: 60,
  process: { pid: 1, comm: 'x' },
  benign: false,
  skb: '0xffff888100000000',
  packet: {
    family: 'ipv4',
    protocol: 'tcp',
    length: 60,
    src: '192.0.2.1',
    dst: '192.0.2.7',
    sport: 5000,
    dport: 80,
    tcpFlags: 'S',
    seq: 7,
    window: 64240,
  },
};

const text = { style: plainStyle, columns: 80 };

const count = (change: Partial<DropCount>): DropCount => ({
  reason: 'NO_SOCKET',
  subsystem: 'core',
  function: 'tcp_v4_rcv',
  offset: 0x91,
  module: null,
  stack: [],
  ifname: 'eth0',
  ifindex: 2,
  netns: 4026532199,
  netnsName: 'web',
  benign: false,
  count: 1,
  ...change,
});

describe('drops as text', () => {
  it('puts a drop on one line', () => {
    expect(dropLine(drop, text)).toBe(
      '12:00:00.123456 NO_SOCKET            tcp_v4_rcv+0x91              eth0       web          ' +
        '192.0.2.1:5000 > 192.0.2.7:80 tcp S seq 7 win 64240 len 60 mark 0x17\n',
    );
  });

  it('says what is not known', () => {
    const bare = {
      ...drop,
      reason: null,
      function: null,
      offset: null,
      ifname: null,
      netns: null,
      netnsName: null,
    };
    expect(dropLine({ ...bare, packet: null, mark: 0 }, text)).toMatch(
      /^12:00:00\.123456 - +0xffffffff81234567 +- +- +no header to read len 60\n$/,
    );
  });

  it('names module and subsystem', () => {
    const line = dropLine(
      { ...drop, subsystem: 'openvswitch', reason: 'METER', module: 'openvswitch' },
      text,
    );
    expect(line).toContain('openvswitch:METER');
    expect(line).toContain('tcp_v4_rcv+0x91 [openvswitch]');
  });

  it('has no escape sequences without colour, and some with it', () => {
    const escapes = new RegExp(String.fromCharCode(27));
    expect(dropLine(drop, text)).not.toMatch(escapes);
    expect(dropLine(drop, { ...text, style: styleOf(true) })).toMatch(escapes);
  });

  it('wraps hints to the width', () => {
    const long = 'word '.repeat(60).trim();
    for (const line of dropHint(long, long, text).split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('counts as text', () => {
  it('adds up what differs only in what the table does not show, and rates it since the last look', () => {
    const first = countRows([count({}), count({ stack: ['x+0x1'], count: 4 })], new Map(), 2);
    expect(first.rows).toMatchObject([{ count: 5, perSecond: 2.5 }]);
    const second = countRows([count({ count: 9 })], first.totals, 2);
    expect(second.rows).toMatchObject([{ count: 9, perSecond: 2 }]);
  });

  it('shows as many rows as fit and says how many do not', () => {
    const counts = ['a', 'b', 'c'].map(ifname => count({ ifname }));
    const table = countsTable(countRows(counts, new Map(), 1).rows, {
      style: plainStyle,
      rows: 2,
      columns: 60,
    });
    expect(table.trimEnd().split('\n')).toHaveLength(4);
    expect(table).toContain('1 more rows');
    for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  });

  it('prints stacks, the most frequent first', () => {
    const rows = [count({ stack: ['a+0x1'], count: 2 }), count({ stack: ['b+0x2'], count: 5 })];
    expect(stacksText(rows, 1, plainStyle)).toBe('5 NO_SOCKET\n    b+0x2\n\n2 drops in 1 more stacks\n');
  });
});

it('sums up a run', () => {
  const end = {
    type: 'end',
    time: '',
    events: 2,
    lost: 1,
    hiddenBenign: 3,
    seen: 9,
    why: 'stopped',
    seconds: 1.25,
  } as const;
  expect(dropsSummary(end, [{ reason: 'NO_SOCKET', count: 2, meaning: 'No socket.' }], plainStyle, 80)).toBe(
    'netwhy: 2 drops in 1.3 s, 3 benign hidden (--all shows them), 1 lost\n       2  NO_SOCKET  No socket.\n',
  );
});

it('wraps at blanks', () => {
  expect(wrap('aaaa bbbb cccc dddd eeee ffff', 20, '  ')).toBe('aaaa bbbb cccc dddd\n  eeee ffff');
});
