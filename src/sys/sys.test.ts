import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  Attr,
  addressOf,
  CAPABILITIES,
  dlopen,
  Fd,
  hasCapability,
  hintFor,
  ioctl,
  mapMemory,
  missingCapabilities,
  onlineCpus,
  openHandles,
  pageSize,
  parseCpuList,
  possibleCpus,
} from './index.ts';
import { failOnLeaks, leaksSince, openNow } from './leak-test.ts';

failOnLeaks();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), `nw${process.pid}-`));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(pages: number): Fd {
  const path = join(folder, 'memory');
  writeFileSync(path, new Uint8Array(pages * pageSize()).fill(7));
  return new Fd(openSync(path, 'r+'), 'test file');
}

/** Is the address in a mapping of this process? */
function isMapped(address: bigint): boolean {
  const ranges = readFileSync('/proc/self/maps', 'utf8').split('\n').filter(Boolean);
  return ranges.some(line => {
    const [start, end] = line
      .split(' ')[0]!
      .split('-')
      .map(text => BigInt(`0x${text}`));
    return start! <= address && address < end!;
  });
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

describe('mapped memory', () => {
  test('is shared, and after dispose shows zeros', () => {
    using file = fileOf(2);
    const memory = mapMemory(file.fd, 2 * pageSize(), 0, true);
    expect(memory.bytes[2 * pageSize() - 1]).toBe(7);
    memory.bytes[0] = 9;
    expect(readFileSync(join(folder, 'memory'))[0]).toBe(9);
    memory[Symbol.dispose]();
    memory[Symbol.dispose]();
    expect(memory.bytes[0]).toBe(0);
    memory.bytes[0] = 1;
    expect(readFileSync(join(folder, 'memory'))[0]).toBe(9);
  });

  test('gives its addresses back when the last view is gone', async () => {
    using file = fileOf(1);
    const address = mapAndDrop(file);
    for (let i = 0; i < 50 && isMapped(address); i++) {
      collectGarbage();
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    expect(isMapped(address)).toBe(false);
  });

  test('refuses with the reason', () => {
    expect(() => mapMemory(-1, pageSize(), 0, true)).toThrow('mmap: EBADF');
  });
});

function mapAndDrop(file: Fd): bigint {
  const memory = mapMemory(file.fd, pageSize(), 0, true);
  const address = addressOf(memory.bytes);
  expect(isMapped(address)).toBe(true);
  memory[Symbol.dispose]();
  return address;
}

describe('leaks', () => {
  test('are told with the place that opened them', () => {
    const before = openNow();
    const leaked = new Fd(openSync('/dev/null', 'r'), 'a forgotten file');
    expect(openHandles().at(-1)?.what).toBe('a forgotten file');
    expect(leaksSince(before)).toEqual([expect.stringMatching(/a forgotten file, opened\n.*sys\.test\.ts/)]);
    leaked.close();
    expect(leaksSince(before)).toEqual([]);
  });

  test('are seen without a handle too', () => {
    const before = openNow();
    const fd = openSync('/proc/self/ns/net', 'r');
    expect(leaksSince(before)).toEqual([expect.stringMatching(/^ {2}fd \d+ → net:\[\d+\]$/)]);
    closeSync(fd);
    expect(leaksSince(before)).toEqual([]);
  });

  test('closing twice closes once', () => {
    const first = new Fd(openSync('/dev/null', 'r'), 'first');
    first.close();
    using second = new Fd(openSync('/dev/null', 'r'), 'second');
    first.close();
    expect(first.fd).toBe(-1);
    expect(readFileSync(`/proc/self/fdinfo/${second.fd}`, 'utf8')).toContain('pos:');
  });
});

test('a struct keeps what it points to', () => {
  const target = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const attr = new Attr(32)
    .u32(0, 0xffff_ffff)
    .u64(8, 1n << 63n)
    .pointer(16, target)
    .name(24, 8, 'a-b.c/defghi');
  expect(attr.readU32(0)).toBe(0xffff_ffff);
  expect(attr.readU64(8)).toBe(1n << 63n);
  expect(attr.readU64(16)).toBe(addressOf(target));
  expect(Buffer.from(attr.bytes.subarray(24)).toString()).toBe('a_b_c_d\0');
});

test('addresses do not move, even of small arrays', () => {
  const small = Uint8Array.of(1, 2, 3);
  const address = addressOf(small);
  collectGarbage();
  collectGarbage();
  expect(addressOf(small)).toBe(address);
  expect(addressOf(small.subarray(1))).toBe(address + 1n);
  expect(addressOf(new Uint8Array(0))).toBe(0n);
});

test('capabilities: CAP_SYS_ADMIN includes what was split off it', () => {
  const bpf = 1n << BigInt(CAPABILITIES.CAP_BPF);
  const admin = 1n << BigInt(CAPABILITIES.CAP_SYS_ADMIN);
  expect(hasCapability('CAP_BPF', bpf)).toBe(true);
  expect(hasCapability('CAP_PERFMON', bpf)).toBe(false);
  expect(hasCapability('CAP_PERFMON', admin)).toBe(true);
  expect(hasCapability('CAP_NET_ADMIN', admin)).toBe(false);
  expect(missingCapabilities(['CAP_BPF', 'CAP_NET_ADMIN'], bpf)).toEqual(['CAP_NET_ADMIN']);
});

test('CPU lists', () => {
  expect(parseCpuList('0-3,8,10-11')).toEqual([0, 1, 2, 3, 8, 10, 11]);
  expect(parseCpuList('0')).toEqual([0]);
  expect(onlineCpus()).toBeGreaterThan(0);
  expect(possibleCpus()).toBeGreaterThanOrEqual(onlineCpus());
});

test.each([
  ['bpf(RAW_TRACEPOINT_OPEN) of fentry x', 524, 'more arguments'],
  ['bpf(LINK_CREATE) of kprobe-multi of 2 functions', 95, 'CONFIG_FPROBE'],
  ['perf_event_open(kprobe x)', 99, 'attach by address'],
  ['perf_event_open(kprobe x)', 2, 'no such function'],
  ['bpf(MAP_CREATE) of map x', 24, 'ulimit -n'],
  ['bpf(PROG_LOAD) of program x', 11, 'signals'],
])('%s, errno %i: %s', (call, errno, hint) => {
  expect(hintFor(call, errno, [])).toContain(hint);
});

test('errors without a known meaning have no hint', () => {
  expect(hintFor('ioctl(0x1)', 5, [])).toBeUndefined();
  using file = new Fd(openSync('/dev/null', 'r'), 'null');
  expect(() => ioctl(file.fd, 0x2400, 0)).toThrow('ioctl(0x2400): ENOTTY');
});

test('dlopen takes the first library that is there', () => {
  expect(dlopen(['libnetwhy-is-not-there.so.1'])).toBeUndefined();
  const libc = dlopen(['libnetwhy-is-not-there.so.1', 'libc.so.6']);
  expect(libc?.func('getpid', 'int', [])()).toBe(process.pid);
});
