import { execFileSync, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ATTACH_TYPES } from '../../abi/index.ts';
import { Assembler } from '../../asm/index.ts';
import { inodeAt } from '../../kernel/index.ts';
import { load } from '../../load/index.ts';
import { Attr, bpf, Fd, inNamespace } from '../../sys/index.ts';
import { movedSince, takeBaseline } from './baseline.ts';
import { xdpFacts, xdpUnseen } from './xdp.ts';

const run = (program: string, ...args: string[]): string => execFileSync(program, args, { encoding: 'utf8' });
const [CLIENT, SERVER] = [`nw${process.pid}kc`, `nw${process.pid}ks`];
const DRIVER_MODE = 4;
const XDP_DROP = 1;

describe('what a card counts, over a watch', () => {
  const path = `/run/netns/${SERVER}`;
  const ping = (count: number): unknown =>
    spawnSync('ip', [
      'netns',
      'exec',
      CLIENT,
      'ping',
      '-c',
      String(count),
      '-i',
      '0.1',
      '-W',
      '1',
      '10.76.0.2',
    ]);

  beforeAll(() => {
    for (const name of [CLIENT, SERVER]) run('ip', 'netns', 'add', name);
    run('ip', '-n', CLIENT, 'link', 'add', 'c0', 'type', 'veth', 'peer', 's0', 'netns', SERVER);
    for (const [name, device, address] of [
      [CLIENT, 'c0', '10.76.0.1/24'],
      [SERVER, 's0', '10.76.0.2/24'],
    ] as const) {
      run('ip', '-n', name, 'addr', 'add', address, 'dev', device);
      run('ip', '-n', name, 'link', 'set', device, 'up');
    }
    ping(1);
  });
  afterAll(() => {
    for (const name of [CLIENT, SERVER]) spawnSync('ip', ['netns', 'del', name]);
  });

  const ifindex = (): number => {
    const [, index] = /^(\d+):/.exec(run('ip', '-n', SERVER, '-o', 'link', 'show', 's0')) ?? [];
    return Number(index);
  };

  it('has its drops by an XDP program, the program, and what stays unseen', () => {
    const place = { inode: inodeAt(path)!, name: SERVER, path };
    const code = new Assembler('drop').mov('r0', XDP_DROP).exit().build();
    const spec = { name: 'drop', attach: { kind: 'none', type: 'xdp' }, code, license: 'GPL' } as const;
    using loaded = load({ maps: [], programs: [spec] });
    const attr = new Attr(64).u32(0, loaded.program('drop').fd);
    attr.u32(4, ifindex()).u32(8, ATTACH_TYPES.xdp).u32(12, DRIVER_MODE);
    const link = inNamespace(path, () => new Fd(bpf('link_create', attr.bytes, 'xdp'), 'xdp link'));
    try {
      const before = takeBaseline(place, false);
      ping(3);
      const { facts, after } = movedSince(before, false);
      const of = (name: string): unknown =>
        facts.find(fact => fact.name === name && fact.about.ifname === 's0')?.value;
      expect(of('nic.xdp_drops.delta')).toBeGreaterThanOrEqual(3);
      expect(of('nic.drops.delta')).toBe(0);
      const counted = { place, facts, after };
      expect(xdpFacts(counted)).toMatchObject([{ name: 'link.xdp', value: 'drv', about: { ifname: 's0' } }]);
      expect(xdpUnseen(counted)[0]?.why).toMatch(/its driver counted \d+ meanwhile/);
    } finally {
      link.close();
    }
  });

  it('is silent about a card that nothing went through', () => {
    const place = { inode: inodeAt(path)!, name: SERVER, path };
    const before = takeBaseline(place, false);
    const { facts } = movedSince(before, false);
    expect(facts.filter(({ name }) => name.startsWith('nic.'))).toEqual([]);
  });
});
