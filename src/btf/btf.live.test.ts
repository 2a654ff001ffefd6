import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Btf, type BtfStruct } from './index.ts';
import { rawDump } from './testdata/raw-dump.ts';

const DIRECTORY = '/sys/kernel/btf';
const VMLINUX = join(DIRECTORY, 'vmlinux');

function present(command: string): boolean {
  return spawnSync(command, ['--version']).error === undefined;
}

function bpftool(...args: string[]): string {
  return execFileSync('bpftool', args, { maxBuffer: 1 << 30, encoding: 'utf8' });
}

const needsBpftool = present('bpftool') ? false : 'bpftool is not installed (apt-get install bpftool)';
const needsCompiler = present('gcc') ? needsBpftool : 'gcc is not installed (apt-get install gcc)';
const modules: string[] = readdirSync(DIRECTORY).filter(name => name !== 'vmlinux');
const titled = (title: string, missing: string | false): string =>
  missing ? `${title} [skipped: ${missing}]` : title;

let kernel: Btf;
beforeAll(() => {
  kernel = Btf.parse(readFileSync(VMLINUX));
});

describe('the running kernel', () => {
  it('has the members that packets are read through', () => {
    for (const path of ['head', 'data', 'dev', 'sk', 'next'])
      expect(kernel.field('sk_buff', path)).toMatchObject({ size: 8, pointer: true });
    for (const path of ['len', 'data_len', 'mark', 'hash', 'skb_iif'])
      expect(kernel.field('sk_buff', path)).toMatchObject({ size: 4, pointer: false });
    expect(kernel.field('sk_buff', 'pkt_type').bit).toMatchObject({ width: 3, loadSize: 1 });
    expect(kernel.field('sk_buff', 'cb[3]').offset).toBe(kernel.field('sk_buff', 'cb').offset + 3);
    expect(kernel.field('net_device', 'ifindex')).toMatchObject({ size: 4, signed: true });
    expect(kernel.field('net_device', 'name').size).toBe(16);
    expect(kernel.field('net', 'ns.inum')).toMatchObject({ size: 4, signed: false });
    expect(kernel.field('sock', '__sk_common.skc_family').size).toBe(2);
    expect(kernel.hasField('sock', '__sk_common.skc_net.net')).toBe(true);
    expect(kernel.hasField('sk_buff', 'dev.ifindex')).toBe(false);
  });

  it('has functions that take packets, and a tracepoint for their end', () => {
    const taking = new Map(kernel.functionsByArgument('sk_buff').map(f => [f.name, f]));
    expect(taking.size).toBeGreaterThan(1000);
    expect(taking.get('ip_rcv')!.argIndex).toBe(0);
    for (const { id, name, argIndex } of [...taking.values()].slice(0, 300)) {
      const func = kernel.func(id)!;
      expect(kernel.typeName(func.params[argIndex]!.typeId)).toMatch(/sk_buff|\bskb/);
      expect(func.name).toBe(name);
    }
    const [first] = kernel.tracepoint('kfree_skb')!.params;
    expect(kernel.typeName(first!.typeId)).toBe('struct sk_buff *');
  });

  it.skipIf(!present('bpftool'))(titled('reads as bpftool prints it, all types', needsBpftool), () => {
    expect(differenceOf(rawDump(kernel), bpftool('btf', 'dump', 'file', VMLINUX, 'format', 'raw'))).toBe('');
  });

  it.skipIf(!present('bpftool') || modules.length === 0)(
    titled(
      'reads modules as bpftool prints them',
      needsBpftool || (modules.length === 0 && 'no module has BTF here'),
    ),
    () => {
      for (const name of modules) {
        const module = Btf.parse(readFileSync(join(DIRECTORY, name)), { base: kernel, name });
        const want = bpftool('-B', VMLINUX, 'btf', 'dump', 'file', join(DIRECTORY, name), 'format', 'raw');
        expect(`${name}: ${differenceOf(rawDump(module), want)}`).toBe(`${name}: `);
        expect(module.typeCount).toBeGreaterThan(kernel.typeCount);
      }
    },
  );

  it('is indexed within 100 ms, without an object per type', () => {
    const bytes = readFileSync(VMLINUX);
    const heapBefore = process.memoryUsage().heapUsed;
    const start = performance.now();
    const btf = Btf.parse(bytes);
    expect(btf.find('struct', 'sk_buff')).toBeDefined();
    const heapPerType = (process.memoryUsage().heapUsed - heapBefore) / btf.typeCount;
    expect(btf.functionsByArgument('sk_buff').length).toBeGreaterThan(1000);
    const took = performance.now() - start;
    expect(heapPerType).toBeLessThan(4);
    // TCG guests run node 7 to 19 times slower than the machine below them.
    expect(took).toBeLessThan(isEmulated() ? 2000 : 100);
  });
});

describe.skipIf(!present('gcc') || !present('bpftool'))(titled('against a compiler', needsCompiler), () => {
  let directory: string;
  let header: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'btf-'));
    header = bpftool('btf', 'dump', 'file', VMLINUX, 'format', 'c');
    writeFileSync(join(directory, 'vmlinux.h'), header);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('places members where gcc places those of the same header', () => {
    const checks = ['sk_buff', 'net_device', 'sock', 'net', 'nf_conn', 'tcp_sock', 'task_struct']
      .filter(name => kernel.find('struct', name) !== undefined)
      .flatMap(assertionsOf);
    expect(checks.length).toBeGreaterThan(500);
    writeFileSync(join(directory, 'places.c'), ['#include "vmlinux.h"', ...checks, ''].join('\n'));
    const gcc = spawnSync('gcc', ['-fsyntax-only', '-w', 'places.c'], { cwd: directory, encoding: 'utf8' });
    expect(gcc.stderr).toBe('');
    expect(gcc.status).toBe(0);
  });

  it('declares members as bpftool does', () => {
    const declared = new Set(header.split('\n').map(spaced));
    const missing: string[] = [];
    let seen = 0;
    for (const type of kernel.types()) {
      if ((type.kind !== 'struct' && type.kind !== 'union') || type.name === '') continue;
      const texts = declarationsOf(type);
      seen += texts.length;
      missing.push(...texts.filter(text => !declared.has(spaced(text))));
    }
    expect(seen).toBeGreaterThan(10_000);
    // bpftool renames the second of two types with one name: those cannot agree.
    expect(missing.length / seen, missing.slice(0, 20).join('\n')).toBeLessThan(0.002);
  });

  function assertionsOf(name: string): string[] {
    const struct = kernel.struct(name);
    return struct.members
      .filter(m => m.name !== '' && m.bitWidth === 0)
      .map(m => {
        const { offset, size } = kernel.field(name, m.name);
        const place = `__builtin_offsetof(struct ${name}, ${m.name}) == ${offset}`;
        return `_Static_assert(${place} && sizeof(((struct ${name} *)0)->${m.name}) == ${size}, "${name}.${m.name}");`;
      });
  }

  function declarationsOf(struct: BtfStruct): string[] {
    return struct.members
      .filter(m => m.name !== '')
      .map(m => `${kernel.declaration(m.typeId, m.name)}${m.bitWidth === 0 ? '' : `: ${m.bitWidth}`};`)
      .filter(text => !text.includes('{...}'));
  }
});

/** One spelling of spaces and of flexible arrays. */
function spaced(text: string): string {
  return text
    .trim()
    .replace(/ *\* */g, '*')
    .replaceAll('[0]', '[]');
}

/** The first line that differs, '' when none does. */
function differenceOf(got: string, want: string): string {
  if (got === want) return '';
  const wanted = want.split('\n');
  const line = got.split('\n').findIndex((text, i) => text !== wanted[i]);
  return `line ${line + 1}: got ${got.split('\n')[line]}, bpftool says ${wanted[line]}`;
}

function isEmulated(): boolean {
  return /model name\s*:.*(QEMU|TCG)/.test(readFileSync('/proc/cpuinfo', 'utf8'));
}
