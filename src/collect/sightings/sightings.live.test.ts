import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUnavailable } from '../../base/index.ts';
import { compileFilter, runningBtf } from '../../kernel/index.ts';
import { openHandles } from '../../sys/index.ts';
import { CLIENT, runIn, SERVER, type Twin, twin } from '../testdata/twin.ts';
import { Sightings } from './sightings.ts';

/** Frames with a tag in their bytes, as a packet socket sends them. */
const RAW = `
import socket, sys
mac = lambda text: bytes.fromhex(text.replace(':', ''))
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(('${CLIENT.device}', 0))
src = mac(open('/sys/class/net/${CLIENT.device}/address').read().strip())
for _ in range(3):
    s.send(mac(sys.argv[1]) + src + bytes.fromhex('81006007' + '0800') + bytes(60))`;

describe('frames with a VLAN tag, as they come in', () => {
  let both: Twin;
  const tagged = `${CLIENT.device}.9`;
  beforeAll(() => {
    both = twin('v');
    runIn(both.client, 'ip', 'link', 'add', 'link', CLIENT.device, 'name', tagged, 'type', 'vlan', 'id', '9');
    runIn(both.client, 'ip', 'addr', 'add', '10.78.0.1/24', 'dev', tagged);
    runIn(both.client, 'ip', 'link', 'set', tagged, 'up');
    const permanent = ['lladdr', macOf(), 'nud', 'permanent', 'dev', tagged];
    runIn(both.client, 'ip', 'neigh', 'add', '10.78.0.2', ...permanent);
  });
  afterAll(() => {
    both[Symbol.dispose]();
  });
  const macOf = (): string =>
    /link\/ether (\S+)/.exec(runIn(both.server, 'ip', '-o', 'link', 'show', SERVER.device))?.[1] ?? '';
  const indexOf = (): number =>
    Number(/^(\d+):/.exec(runIn(both.server, 'ip', '-o', 'link', 'show', SERVER.device))?.[1]);

  function countedWhile(filter: string, act: () => void): unknown[] {
    const btf = runningBtf();
    if (isUnavailable(btf)) throw new Error(btf.why);
    using sightings = new Sightings(btf, {
      filter: compileFilter(filter).filter,
      namespaces: [both.server.inode],
    });
    act();
    sightings.detach();
    return sightings.vlans();
  }

  it('are counted where they came in: tag in the frame', () => {
    const seen = countedWhile('', () => {
      const sent = spawnSync('ip', ['netns', 'exec', both.client.name, 'python3', '-c', RAW, macOf()]);
      expect(String(sent.stderr)).toBe('');
    });
    expect(seen).toContainEqual({ netns: both.server.inode, ifindex: indexOf(), vlan: 7, packets: 3 });
  });

  it('and beside it, as devices leave it', context => {
    const devices = runIn(both.client, 'ip', '-br', 'link');
    if (!devices.includes(tagged)) context.skip('this kernel has no VLAN devices (CONFIG_VLAN_8021Q)');
    const seen = countedWhile('', () => {
      runIn(both.client, 'ping', '-c2', '-i0.2', '-W1', '10.78.0.2');
    });
    const at = { netns: both.server.inode, ifindex: indexOf() };
    expect(seen).toContainEqual({ ...at, vlan: 9, packets: expect.toSatisfy((count: number) => count >= 2) });
  });

  it('and nothing stays open', () => {
    const before = openHandles().length;
    countedWhile('', () => undefined);
    expect(openHandles()).toHaveLength(before);
  });

  it('only when they match, and never without a tag', () => {
    const seen = countedWhile(`host ${SERVER.ipv4}`, () => {
      runIn(both.client, 'ping', '-c2', '-i0.2', '-W1', '10.78.0.2');
      runIn(both.client, 'ping', '-c2', '-i0.2', '-W1', SERVER.ipv4);
    });
    expect(seen).toEqual([]);
  });
});
