import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Attr, bpf, bpfCall, inNamespace, memlock, setMemlock, tryBpf } from './index.ts';
import { failOnLeaks } from './leak-test.ts';

failOnLeaks();

const NAME = `nw${process.pid}`;
const PATH = `/run/netns/${NAME}`;

beforeAll(() => {
  execFileSync('ip', ['netns', 'add', NAME]);
  execFileSync('ip', ['-n', NAME, 'link', 'add', `${NAME}x`, 'type', 'veth', 'peer', 'name', `${NAME}y`]);
});
afterAll(() => {
  execFileSync('ip', ['netns', 'del', NAME]);
});

function namespaceNow(): string {
  return readlinkSync('/proc/thread-self/ns/net');
}

test('inNamespace runs there and comes back', () => {
  const home = namespaceNow();
  const devices = inNamespace(PATH, () => {
    expect(namespaceNow()).toBe(`net:[${statSync(PATH).ino}]`);
    return readFileSync('/proc/thread-self/net/dev', 'utf8');
  });
  expect(devices).toContain(`${NAME}x:`);
  expect(readFileSync('/proc/thread-self/net/dev', 'utf8')).not.toContain(`${NAME}x:`);
  expect(namespaceNow()).toBe(home);
});

test('inNamespace comes back after an exception, and nests', () => {
  const home = namespaceNow();
  const fail = (): never => {
    throw new Error('inside');
  };
  expect(() => inNamespace(PATH, () => inNamespace('/proc/self/ns/net', fail))).toThrow('inside');
  expect(namespaceNow()).toBe(home);
  expect(() => inNamespace('/run/netns/no-such', () => 0)).toThrow('open(/run/netns/no-such): ENOENT');
  expect(() => inNamespace('/proc/self/ns/mnt', () => 0)).toThrow('setns(/proc/self/ns/mnt): EINVAL');
  expect(namespaceNow()).toBe(home);
});

test('a command that fails names itself', () => {
  const attr = new Attr(72).u32(0, 9999);
  expect(() => bpf('map_create', attr.bytes, 'map odd')).toThrow('bpf(MAP_CREATE) of map odd: EINVAL');
  expect(tryBpf('map_create', attr.bytes)).toBe(-22);
  expect(bpfCall('prog_load')).toBe('bpf(PROG_LOAD)');
});

test('the memlock limit can be set and read', () => {
  const [soft, hard] = memlock();
  expect(setMemlock(hard > 1n << 20n ? 1n << 20n : hard, hard)).toBe(true);
  expect(memlock()).toEqual([hard > 1n << 20n ? 1n << 20n : hard, hard]);
  expect(setMemlock(soft, hard)).toBe(true);
  expect(memlock()).toEqual([soft, hard]);
});
