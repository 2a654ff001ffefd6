import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUnavailable } from '../../base/index.ts';
import type { SignalEvent, SignalKind } from '../../events/index.ts';
import { Clock, compileFilter, Kallsyms, NetnsNames, runningBtf } from '../../kernel/index.ts';
import { probeFeature } from '../../load/index.ts';
import { openHandles } from '../../sys/index.ts';
import { CLIENT, knock, run, runIn, SERVER, type Twin, twin, until } from '../testdata/twin.ts';
import { ResetsWatch } from './index.ts';

describe('what the stack does beside dropping', () => {
  let both: Twin;
  const names = new NetnsNames();
  const kallsyms = new Kallsyms();
  let missing: readonly string[] = [];
  beforeAll(() => {
    both = twin('x');
    for (const address of [SERVER.ipv4, SERVER.ipv6]) runIn(both.client, 'ping', '-c1', '-W1', address);
  });
  afterAll(() => {
    both[Symbol.dispose]();
  });

  async function seen(
    kinds: readonly SignalKind[],
    filter: string,
    enough: (signals: readonly SignalEvent[]) => boolean,
    act: () => unknown,
    functions: 'fentry' | 'kprobe' = 'fentry',
  ): Promise<SignalEvent[]> {
    const btf = runningBtf();
    if (isUnavailable(btf)) throw new Error(btf.why);
    const namespaces = [both.client.inode, both.server.inode];
    using watch = new ResetsWatch({
      ...{
        btf,
        kinds,
        namespaces,
        clock: new Clock(),
        kallsyms,
        netnsNameOf: inode => names.nameOf(inode) ?? null,
      },
      filter: compileFilter(filter).filter,
      functions,
    });
    missing = watch.missing.map(({ what }) => what);
    const signals: SignalEvent[] = [];
    await act();
    await until(() => {
      watch.poll(signal => signals.push(signal));
      return enough(signals);
    }, 4000);
    watch.detach();
    expect(watch.totals().lost).toBe(0);
    return signals;
  }
  const some = (signals: readonly SignalEvent[]): boolean => signals.length > 0;

  it.each([
    ['ipv4', SERVER.ipv4, CLIENT.ipv4],
    ['ipv6', SERVER.ipv6, CLIENT.ipv6],
  ])('a closed port answers with a RST that the client accepts, over %s', async (family, address, from) => {
    const both2 = (signals: readonly SignalEvent[]): boolean =>
      new Set(signals.map(({ kind }) => kind)).size === 2;
    const signals = await seen(['reset-sent', 'reset-received'], 'port 8300', both2, () => {
      knock(both.client, 'tcp', address, 8301);
      knock(both.client, 'tcp', address, 8300);
    });
    const sent = signals.find(({ kind }) => kind === 'reset-sent')!;
    expect(sent).toMatchObject({
      ...{ netns: both.server.inode, netnsName: both.server.name, state: 'NONE' },
      packet: { family, src: from, dst: address, dport: 8300, tcpFlags: 'S' },
    });
    if (sent.source === 'tcp_send_reset') expect(sent.reason).toBe('NO_SOCKET');
    const received = signals.find(({ kind }) => kind === 'reset-received')!;
    expect(received).toMatchObject({
      netns: both.client.inode,
      family,
      src: from,
      dst: address,
      dport: 8300,
      state: 'SYN_SENT',
    });
    expect(signals.every(({ packet, dport }) => packet?.dport !== 8301 && dport !== 8301)).toBe(true);
  });

  const ACCEPTED = 'c, _ = s.accept(); time.sleep(0.3);';
  const LINGER = "c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0));";
  it.each([
    [
      'closes with unread data',
      8302,
      `${ACCEPTED} c.close()`,
      /^tcp_send_active_reset\+.* __tcp_close\+/,
      /tcp_disconnect/,
    ],
    [
      'closes with SO_LINGER 0',
      8307,
      `${ACCEPTED} c.recv(9); ${LINGER} c.close()`,
      /^tcp_send_active_reset\+.* tcp_disconnect\+.* __tcp_close\+/,
      /inet_csk_listen_stop/,
    ],
    [
      'closes its listener before it accepts',
      8310,
      'time.sleep(1); s.close()',
      /^tcp_send_active_reset\+.* tcp_disconnect\+.* inet_csk_listen_stop\+/,
      /tcp_abort/,
    ],
  ])('a program that %s resets the connection, and the stack tells why', async (_, port, how, way, not) => {
    const script = `
import socket, struct, time
s = socket.socket(); s.bind(('${SERVER.ipv4}', ${port})); s.listen(); print('ready', flush=True)
${how}; time.sleep(5)`;
    const server = spawn('ip', ['netns', 'exec', both.server.name, 'python3', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise(resolve => server.stdout.once('data', resolve));
    const knocking = `exec 3<>/dev/tcp/${SERVER.ipv4}/${port}; echo hi >&3; sleep 2`;
    const signals = await seen(['reset-sent'], `tcp port ${port}`, some, () => {
      spawn('ip', ['netns', 'exec', both.client.name, 'bash', '-c', knocking]);
    });
    server.kill('SIGKILL');
    expect(signals[0]).toMatchObject({
      ...{ kind: 'reset-sent', src: SERVER.ipv4, sport: port, dst: CLIENT.ipv4, source: 'tcp_send_reset' },
      ...{ netns: both.server.inode, packet: null },
    });
    expect(signals[0]!.process.pid).toBe(server.pid);
    const stack = signals[0]!.stack.join(' ');
    expect(stack).toMatch(way);
    expect(stack).not.toMatch(not);
  });

  it.each([
    ['ipv4', SERVER.ipv4, { type: 3, code: 3 }],
    ['ipv6', SERVER.ipv6, { type: 1, code: 4 }],
  ])('a closed UDP port answers with an ICMP error, over %s', async (family, address, icmp) => {
    const kinds = ['icmp-sent', 'reset-sent'] as const;
    const [signal] = await seen(kinds, `udp port 8303 and host ${address}`, some, () =>
      knock(both.client, 'udp', address, 8303),
    );
    // IPv6 has no tracepoint for it, and not every kernel has fentry.
    if (family === 'ipv6' && missing.some(what => what.endsWith('icmp6_send'))) return;
    expect(signal).toMatchObject({
      kind: 'icmp-sent',
      icmp,
      netns: both.server.inode,
      packet: { family, dport: 8303 },
    });
  });

  describe.skipIf(isUnavailable(probeFeature('kprobe')))('functions by kprobe', () => {
    it.each([
      ['ipv4', SERVER.ipv4, CLIENT.ipv4],
      ['ipv6', SERVER.ipv6, CLIENT.ipv6],
    ])('a closed port answers with a RST, over %s', async (family, address, from) => {
      const knocking = (): void => knock(both.client, 'tcp', address, 8308);
      const [sent] = await seen(['reset-sent'], `host ${address} and port 8308`, some, knocking, 'kprobe');
      expect(sent).toMatchObject({
        ...{ netns: both.server.inode, netnsName: both.server.name, state: 'NONE' },
        packet: { family, src: from, dst: address, dport: 8308, tcpFlags: 'S' },
      });
    });

    it('a segment to a listener that knows no such connection is answered', () => strayIsAnswered('kprobe'));

    it('a closed UDP port answers with an ICMP error, over ipv6', async () => {
      const knocking = (): void => knock(both.client, 'udp', SERVER.ipv6, 8303);
      const kinds = ['icmp-sent', 'reset-sent'] as const;
      const [sent] = await seen(kinds, `udp port 8303 and host ${SERVER.ipv6}`, some, knocking, 'kprobe');
      expect(sent).toMatchObject({
        ...{ kind: 'icmp-sent', icmp: { type: 1, code: 4 }, netns: both.server.inode },
        packet: { family: 'ipv6', dport: 8303 },
      });
    });
  });

  /** An ACK of no connection, as a raw socket sends it. */
  function strayAck(): void {
    const script = `
import socket, struct
src, dst = (socket.inet_aton(a) for a in ('${CLIENT.ipv4}', '${SERVER.ipv4}'))
head = struct.pack('!HHIIBBHHH', 40123, 8309, 7, 9, 5 << 4, 0x10, 512, 0, 0)
data = src + dst + struct.pack('!BBH', 0, 6, len(head)) + head
total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
total = (total >> 16) + (total & 0xffff); total += total >> 16
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
s.sendto(head[:16] + struct.pack('!H', ~total & 0xffff) + head[18:], ('${SERVER.ipv4}', 0))`;
    runIn(both.client, 'python3', '-c', script);
  }

  async function strayIsAnswered(functions: 'fentry' | 'kprobe'): Promise<void> {
    const script = `
import socket, time
s = socket.socket(); s.bind(('${SERVER.ipv4}', 8309)); s.listen(); print('ready', flush=True); time.sleep(60)`;
    const server = spawn('ip', ['netns', 'exec', both.server.name, 'python3', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise(resolve => server.stdout.once('data', resolve));
    const [sent] = await seen(['reset-sent'], 'tcp port 8309', some, strayAck, functions);
    server.kill('SIGKILL');
    expect(sent).toMatchObject({
      netns: both.server.inode,
      packet: { src: CLIENT.ipv4, dst: SERVER.ipv4, dport: 8309, tcpFlags: 'A' },
    });
  }

  it('a segment to a listener that knows no such connection is answered', () => strayIsAnswered('fentry'));

  it('what the filter cannot match is not missed', async () => {
    await seen(['icmp-sent', 'reset-sent'], `host ${SERVER.ipv4}`, some, () =>
      knock(both.client, 'udp', SERVER.ipv4, 8306),
    );
    expect(missing.filter(what => /6_|v6/.test(what))).toEqual([]);
  });

  it('sockets change their state', async () => {
    const signals = await seen(
      ['state'],
      'tcp port 8304',
      list => list.length >= 2,
      () => knock(both.client, 'tcp', SERVER.ipv4, 8304),
    );
    expect(signals.map(({ oldState, state }) => [oldState, state])).toEqual([
      ['CLOSE', 'SYN_SENT'],
      ['SYN_SENT', 'CLOSE'],
    ]);
  });

  it('a segment that nobody answers is sent again', async () => {
    run(
      'ip',
      'netns',
      'exec',
      both.server.name,
      'nft',
      'add table inet nwq; add chain inet nwq i { type filter hook input priority 0; }; add rule inet nwq i tcp dport 8305 drop',
    );
    const [signal] = await seen(['retransmit'], 'tcp port 8305', some, () => {
      spawn(
        'ip',
        [
          'netns',
          'exec',
          both.client.name,
          'timeout',
          '3',
          'bash',
          '-c',
          `exec 3<>/dev/tcp/${SERVER.ipv4}/8305`,
        ],
        { stdio: 'ignore' },
      );
    });
    expect(signal).toMatchObject({
      kind: 'retransmit',
      state: 'SYN_SENT',
      dport: 8305,
      netns: both.client.inode,
    });
  });

  it('a lookup finds no route, by either family, and says for whom', async () => {
    for (const [family, address, error] of [
      ['ipv4', '192.0.2.99', 'ENETUNREACH'],
      ['ipv6', '2001:db8::99', 'ENETUNREACH'],
    ] as const) {
      const [signal] = await seen(['lookup-failed'], `host ${address}`, some, () =>
        knock(both.client, 'udp', address, 53),
      );
      expect(signal).toMatchObject({ family, dst: address, error, table: 254, netns: both.client.inode });
    }
  });

  it('a route that forbids says its own error', async () => {
    run('ip', '-n', both.client.name, 'route', 'add', 'prohibit', '10.99.0.0/16');
    const [signal] = await seen(['lookup-failed'], 'host 10.99.0.1', some, () =>
      knock(both.client, 'udp', '10.99.0.1', 53),
    );
    expect(signal).toMatchObject({ error: 'EACCES', dst: '10.99.0.1', process: { comm: 'bash' } });
  });

  it('a next hop does not answer', async () => {
    const signals = await seen(
      ['neighbour-failed'],
      '',
      list => list.some(({ dst }) => dst === '10.77.0.200'),
      () => {
        knock(both.client, 'udp', '10.77.0.200', 53);
      },
    );
    expect(signals.find(({ dst }) => dst === '10.77.0.200')).toMatchObject({
      family: 'ipv4',
      netns: both.client.inode,
    });
  });

  it('leaves nothing open', () => {
    expect(missing.filter(what => !what.endsWith('_send') && !what.endsWith('_reset'))).toEqual([]);
    expect(openHandles().filter(({ what }) => /program|map|ring|link/.test(what))).toEqual([]);
  });
});
