import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUnavailable } from '../../base/index.ts';
import type { Place } from '../reading.ts';
import { CLIENT, knock, SERVER, type Twin, twin, until } from '../testdata/twin.ts';
import { endsOf, nearMisses, readSockets, type SocketRow, takersOf } from './index.ts';

const SERVE = `
const net = require('node:net'), dgram = require('node:dgram');
net.createServer().listen({ port: 8200, host: '${SERVER.ipv4}', backlog: 3 });
net.createServer().listen({ port: 8201, host: '::' });
const udp = dgram.createSocket({ type: 'udp4', recvBufferSize: 4096 });
udp.bind(8202, '${SERVER.ipv4}', () => console.log('ready'));
udp.on('listening', () => udp.unref());
setTimeout(() => { for (const end = Date.now() + 60000; Date.now() < end; ); }, 200);
`;

describe('sockets of a namespace', () => {
  let both: Twin;
  let server: ChildProcess;
  beforeAll(async () => {
    both = twin('k');
    server = spawn('ip', ['netns', 'exec', both.server.name, process.execPath, '-e', SERVE], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise(resolve => server.stdout!.once('data', resolve));
    await new Promise(resolve => setTimeout(resolve, 500));
  });
  afterAll(() => {
    server.kill('SIGKILL');
    both[Symbol.dispose]();
  });
  const rowsIn = (place: Place, ports: number[], protocol?: 'tcp' | 'udp'): readonly SocketRow[] => {
    const reading = readSockets(place, protocol === undefined ? { ports } : { ports, protocol });
    if (isUnavailable(reading)) throw new Error(reading.why);
    return reading.value;
  };
  const packet = { protocol: 'tcp', src: CLIENT.ipv4, sport: 1, dst: SERVER.ipv4, dport: 8200 } as const;

  it('finds the listener, its process and its backlog', () => {
    const [row] = takersOf(rowsIn(both.server, [8200]), packet);
    expect(row).toMatchObject({
      state: 'LISTEN',
      sendq: 3,
      process: { pid: server.pid },
      local: { port: 8200 },
    });
    expect(rowsIn(both.client, [8200])).toEqual([]);
  });

  it('knows that a listener on :: takes IPv4, and one on an address no other', () => {
    const rows = rowsIn(both.server, [8200, 8201]);
    expect(takersOf(rows, { ...packet, dport: 8201 })).toHaveLength(1);
    expect(takersOf(rows, { ...packet, dst: '127.0.0.1' })).toEqual([]);
    expect(nearMisses(rows, { ...packet, dst: '127.0.0.1' })).toHaveLength(1);
  });

  it('counts what a full UDP buffer dropped', async () => {
    for (let i = 0; i < 30; i++) knock(both.client, 'udp', SERVER.ipv4, 8202);
    await until(() => (rowsIn(both.server, [8202], 'udp')[0]?.memory?.drops ?? 0) > 0);
    const [row] = takersOf(rowsIn(both.server, [8202]), { ...packet, protocol: 'udp', dport: 8202 });
    expect(row?.memory?.drops).toBeGreaterThan(0);
    expect(row?.recvq).toBeGreaterThan(0);
  });

  it('finds both ends of a conversation', async () => {
    const client = spawn('ip', [
      'netns',
      'exec',
      both.client.name,
      'bash',
      '-c',
      `exec 3<>/dev/tcp/${SERVER.ipv4}/8200; sleep 20`,
    ]);
    try {
      await until(() => rowsIn(both.client, [8200]).some(row => row.state === 'ESTAB'));
      const mine = rowsIn(both.client, [8200])[0]!;
      const ends = { ...packet, sport: mine.local.port };
      expect(endsOf(rowsIn(both.server, [8200]), ends).map(row => row.state)).toEqual(['ESTAB']);
      expect(endsOf(rowsIn(both.client, [8200]), ends)).toHaveLength(1);
    } finally {
      client.kill('SIGKILL');
    }
  });
});
