import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endsOf, nearMisses, type PacketEnds, parseSocketRow, takersOf } from './index.ts';

const LINES = readFileSync(new URL('testdata/ss-6.1.0.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const ROWS = LINES.map(line => parseSocketRow(line)!);
const to = (
  protocol: 'tcp' | 'udp',
  dst: string,
  dport: number,
  sport = 40000,
  src = '127.0.0.1',
): PacketEnds => ({
  ...{ protocol, src, sport, dst, dport },
});
const ports = (rows: readonly { readonly state: string }[]): string[] => rows.map(row => row.state);

describe('ss', () => {
  it('is understood line by line', () => {
    expect(ROWS.every(row => row !== undefined)).toBe(true);
    expect(ROWS[0]).toMatchObject({
      ...{
        protocol: 'udp',
        state: 'UNCONN',
        recvq: 6912,
        local: { address: '127.0.0.1', port: 99, device: null },
      },
      ...{
        process: { name: 'python3', pid: 12951 },
        memory: { receiveBuffer: 8192, drops: 47 },
        timer: null,
      },
    });
    expect(ROWS[2]).toMatchObject({
      state: 'LISTEN',
      recvq: 0,
      sendq: 5,
      peer: { address: '0.0.0.0', port: 0 },
    });
    expect(ROWS[4]).toMatchObject({ process: null, timer: 'persist' });
    expect(ROWS[6]).toMatchObject({ local: { address: '0.0.0.0', port: 68, device: 'lo' } });
    expect(ROWS[7]).toMatchObject({ local: { address: 'fe80::1', port: 22, device: 'eth0' } });
  });

  it('finds who would get a packet', () => {
    expect(ports(takersOf(ROWS, to('tcp', '127.0.0.1', 8099)))).toEqual(['LISTEN']);
    expect(ports(takersOf(ROWS, to('tcp', '127.0.0.1', 8099, 39756)))).toEqual(['FIN-WAIT-1']);
    expect(takersOf(ROWS, to('tcp', '10.0.0.1', 8099))).toEqual([]);
    expect(ports(takersOf(ROWS, to('udp', '10.0.0.1', 5353)))).toEqual(['UNCONN']);
    expect(takersOf(ROWS, to('tcp', '10.0.0.1', 22))).toEqual([]);
    expect(ports(takersOf(ROWS, to('tcp', 'fd00::1', 22, 1, 'fd00::2')))).toEqual(['LISTEN']);
  });

  it('finds who only looks as if', () => {
    expect(ports(nearMisses(ROWS, to('tcp', '10.0.0.1', 8099)))).toEqual(['LISTEN']);
    expect(nearMisses(ROWS, to('tcp', '127.0.0.1', 8099))).toEqual([]);
    expect(nearMisses(ROWS, to('tcp', '127.0.0.1', 99)).map(row => row.protocol)).toEqual(['udp']);
  });

  it('finds both ends of a conversation', () => {
    expect(ports(endsOf(ROWS, to('tcp', '127.0.0.1', 8099, 39756)))).toEqual(['CLOSE-WAIT', 'FIN-WAIT-1']);
  });

  it('never fails', () => {
    expect(parseSocketRow('')).toBeUndefined();
    expect(parseSocketRow('Netid State Recv-Q Send-Q Local Peer')).toBeUndefined();
    fc.assert(fc.property(fc.string(), text => void parseSocketRow(text)));
  });
});
