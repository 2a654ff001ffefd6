import { execFileSync, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../base/index.ts';
import { InterfaceNames } from './interface-names.ts';
import { NetnsNames } from './netns-names.ts';
import { hostNetns, netnsInodeOf } from './netns-processes.ts';
import { resolveNetns } from './resolve-netns.ts';

const A = `nw${process.pid}a`;
const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
const indexIn = (netns: string, device: string): number =>
  Number(ip('-n', netns, '-o', 'link', 'show', device).split(':')[0]);

describe('namespaces of this machine', () => {
  const own = netnsInodeOf('self')!;
  let inode = 0;

  beforeAll(() => {
    ip('netns', 'add', A);
    inode = statSync(`/run/netns/${A}`).ino;
    ip('-n', A, 'link', 'add', 'nwleft', 'type', 'veth', 'peer', 'name', 'nwright');
  });
  afterAll(() => {
    ip('netns', 'del', A);
  });

  it('finds a namespace that has no process', () => {
    expect(new NetnsNames().find(inode)).toEqual({ inode, path: `/run/netns/${A}`, kind: 'named', name: A });
  });

  it('learns a namespace that is made while running, and its interfaces', () => {
    const b = `nw${process.pid}b`;
    const names = new NetnsNames();
    const interfaces = new InterfaceNames(names);
    ip('netns', 'add', b);
    try {
      const found = statSync(`/run/netns/${b}`).ino;
      expect(names.nameOf(found)).toBe(b);
      expect(interfaces.nameOf(found, 1)).toBe('lo');
    } finally {
      ip('netns', 'del', b);
    }
  });

  it('knows interfaces by their index inside, also after a change of name', () => {
    let now = 0;
    const interfaces = new InterfaceNames(new NetnsNames(), () => now);
    const left = indexIn(A, 'nwleft');
    expect(interfaces.nameOf(inode, left)).toBe('nwleft');
    expect(interfaces.nameOf(inode, indexIn(A, 'nwright'))).toBe('nwright');
    expect(interfaces.nameOf(inode, 1)).toBe('lo');
    expect(interfaces.nameOf(inode, 9_999)).toBeUndefined();
    ip('-n', A, 'link', 'set', 'nwleft', 'name', 'nwother');
    expect(interfaces.nameOf(inode, left)).toBe('nwleft');
    now = 6000;
    expect(interfaces.nameOf(inode, left)).toBe('nwother');
  });

  it('comes back to its own namespace after each look', () => {
    const interfaces = new InterfaceNames(new NetnsNames());
    interfaces.nameOf(inode, 1);
    expect(netnsInodeOf('self')).toBe(own);
    expect(interfaces.nameOf(own, 1)).toBe('lo');
  });

  it('keeps the name of an interface that is gone by the time it is asked for', () => {
    ip('-n', A, 'link', 'add', 'nwgone', 'type', 'veth', 'peer', 'name', 'nwgonetoo');
    const index = indexIn(A, 'nwgone');
    const interfaces = new InterfaceNames(new NetnsNames());
    interfaces.learn(inode);
    ip('-n', A, 'link', 'del', 'nwgone');
    expect(interfaces.nameOf(inode, index)).toBe('nwgone');
  });

  it('notices that an inode number was given out again', () => {
    const c = `nw${process.pid}c`;
    const d = `nw${process.pid}d`;
    let now = 0;
    const names = new NetnsNames({ now: () => now });
    ip('netns', 'add', c);
    const first = statSync(`/run/netns/${c}`).ino;
    expect(names.nameOf(first)).toBe(c);
    ip('netns', 'del', c);
    now = 5000;
    expect(names.nameOf(first)).toBe(c);
    ip('netns', 'add', d);
    try {
      now = 10_000;
      const second = statSync(`/run/netns/${d}`).ino;
      expect(names.nameOf(second)).toBe(d);
      expect(names.nameOf(first)).toBe(first === second ? d : c);
    } finally {
      ip('netns', 'del', d);
    }
  });

  it('finds a namespace through its process', async () => {
    const child = spawn('unshare', ['-n', 'sleep', '60'], { stdio: 'ignore' });
    try {
      while ([undefined, own].includes(netnsInodeOf(child.pid!))) await new Promise(r => setTimeout(r, 20));
      const found = new NetnsNames().find(netnsInodeOf(child.pid!)!);
      expect(found).toMatchObject({ kind: 'process', pid: child.pid, path: `/proc/${child.pid}/ns/net` });
      expect(found?.name).toMatch(new RegExp(`^(sleep|unshare)/${child.pid}$`));
      expect(resolveNetns(String(child.pid), new NetnsNames()).inode).toBe(found?.inode);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.each([
    ['its name', () => A],
    ['its inode', () => String(inode)],
    ['its inode as the link says it', () => `net:[${inode}]`],
    ['a path', () => `/run/netns/${A}`],
  ])('takes %s from a user', (_, text) => {
    expect(resolveNetns(text(), new NetnsNames())).toMatchObject({ inode, name: A });
  });

  it('takes a process number, and calls the first namespace of the machine host', () => {
    expect(resolveNetns(String(process.pid), new NetnsNames()).inode).toBe(own);
    const host = hostNetns();
    if (host !== undefined) expect(resolveNetns('host', new NetnsNames())).toEqual(host);
    else expect(new NetnsNames().nameOf(own)).toBe('own');
  });

  it.each(['nosuch', '4026599999', '/run/netns/nosuch', '4194000'])(
    'names what there is when %s is not',
    text => {
      const resolve = (): unknown => resolveNetns(text, new NetnsNames());
      expect(resolve).toThrow(UsageError);
      try {
        resolve();
      } catch (error) {
        expect((error as UsageError).hint).toContain(`${A} (${inode})`);
      }
    },
  );
});
