import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUnavailable } from '../../base/index.ts';
import type { Read } from '../reading.ts';
import { CLIENT, run, runIn, SERVER, type Twin, twin } from '../testdata/twin.ts';
import {
  cgroupPrograms,
  devicePrograms,
  isLocal,
  readLinks,
  readNeighbours,
  readRoutingRules,
  routeOf,
} from './index.ts';

function readOf<T>(read: Read<T>): T {
  if (isUnavailable(read)) throw new Error(`${read.what}: ${read.why}`);
  return read.value;
}

describe('the way through a namespace', () => {
  let both: Twin;
  beforeAll(() => {
    both = twin('r');
    const ip = (...args: string[]): string => run('ip', '-n', both.client.name, ...args);
    ip('route', 'add', 'blackhole', '10.81.0.0/16');
    ip('route', 'add', 'prohibit', '10.82.0.0/16');
    ip('route', 'add', 'unreachable', '10.83.0.0/16');
    ip('route', 'add', '10.84.0.0/16', 'via', SERVER.ipv4);
    ip('route', 'add', '10.84.0.0/16', 'dev', 'lo', 'table', '77');
    ip('rule', 'add', 'fwmark', '7', 'lookup', '77');
    for (const address of [SERVER.ipv4, SERVER.ipv6]) runIn(both.client, 'ping', '-c1', '-W1', address);
  });
  afterAll(() => {
    both[Symbol.dispose]();
  });

  it.each([
    ['10.84.1.1', {}, { type: 'unicast', ifname: CLIENT.device, gateway: SERVER.ipv4, prefsrc: CLIENT.ipv4 }],
    ['10.84.1.1', { mark: 7 }, { type: 'unicast', ifname: 'lo', gateway: null }],
    [SERVER.ipv6, {}, { type: 'unicast', ifname: CLIENT.device }],
    [CLIENT.ipv4, { src: SERVER.ipv4, iif: CLIENT.device }, { type: 'local' }],
    ['10.81.1.1', {}, { type: 'blackhole', ifname: null }],
    ['10.82.1.1', {}, { type: 'prohibit' }],
    ['10.83.1.1', {}, { type: 'unreachable' }],
    ['192.0.2.1', {}, { type: 'none' }],
    ['2001:db8::1', {}, { type: 'none' }],
  ])('to %s %j', (dst, question, route) => {
    expect(readOf(routeOf(both.client, { dst, ...question }))).toMatchObject(route);
  });

  it('has neighbours of both families', () => {
    const found = readOf(readNeighbours(both.client));
    for (const address of [SERVER.ipv4, SERVER.ipv6])
      expect(found.find(one => one.address === address)).toMatchObject({
        ifname: CLIENT.device,
        mac: expect.stringMatching(/^..:/),
      });
  });

  it('has interfaces with carrier, addresses and kind', () => {
    const links = readOf(readLinks(both.client));
    expect(links.find(link => link.ifname === CLIENT.device)).toMatchObject({
      ...{ up: true, carrier: true, mtu: 1500, kind: 'veth', xdp: null, master: null },
    });
    expect(isLocal(links, CLIENT.ipv6)).toBe(true);
    expect(isLocal(links, SERVER.ipv4)).toBe(false);
    run('ip', '-n', both.server.name, 'link', 'set', SERVER.device, 'down');
    const after = readOf(readLinks(both.client)).find(link => link.ifname === CLIENT.device);
    expect(after).toMatchObject({ up: true, carrier: false });
    run('ip', '-n', both.server.name, 'link', 'set', SERVER.device, 'up');
  });

  it('has the policy rules in order', () => {
    const rules = readOf(readRoutingRules(both.client));
    expect(rules.map(rule => rule.text)).toContainEqual(expect.stringContaining('fwmark 0x7 lookup 77'));
    expect(rules[0]).toMatchObject({ family: 'ipv4', priority: 0 });
  });

  it('has tc filters where there are some, and no error where there are none', () => {
    const { ifindex } = readOf(readLinks(both.client)).find(link => link.ifname === CLIENT.device)!;
    const programs = (): { ingress: readonly string[]; egress: readonly string[] } =>
      readOf(devicePrograms(both.client, CLIENT.device, ifindex));
    expect(programs()).toEqual({ ingress: [], egress: [] });
    runIn(both.client, 'tc', 'qdisc', 'add', 'dev', CLIENT.device, 'clsact');
    runIn(
      both.client,
      'tc',
      'filter',
      'add',
      'dev',
      CLIENT.device,
      'egress',
      'protocol',
      'ip',
      'u32',
      'match',
      'ip',
      'dst',
      SERVER.ipv4,
      'action',
      'drop',
    );
    const { ingress, egress } = programs();
    expect(ingress).toEqual([]);
    expect(
      runIn(both.client, 'tc', 'filter', 'show', 'dev', CLIENT.device, 'egress') === '' || egress.length > 0,
    ).toBe(true);
  });

  it('asks the cgroup of a process, or says why not', () => {
    const read = cgroupPrograms(both.client, process.pid);
    if (isUnavailable(read)) expect(read.instead).not.toBe('');
    else expect(read.value).toMatchObject({ ingress: expect.any(Array), egress: expect.any(Array) });
  });
});
