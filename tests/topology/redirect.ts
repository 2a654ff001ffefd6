import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { Assembler } from '../../src/asm/index.ts';
import { type Loaded, load } from '../../src/load/index.ts';
import { Attr, bpf, Fd, inNamespace } from '../../src/sys/index.ts';
import type { Topology } from './topology.ts';

/** BPF_TCX_INGRESS (include/uapi/linux/bpf.h), 6.6. */
const TCX_INGRESS = 46;
/** `out` and `in` are bpf_redirect without and with BPF_F_INGRESS. */
const HELPERS = {
  peer: { name: 'redirect_peer', flags: [0] },
  neigh: { name: 'redirect_neigh', flags: [0, 0, 0] },
  out: { name: 'redirect', flags: [0] },
  in: { name: 'redirect', flags: [1] },
} as const;
const REGISTERS = ['r2', 'r3', 'r4'] as const;
export type RedirectKind = keyof typeof HELPERS;

export interface Redirect extends Disposable {
  /** Why this kernel cannot do it; undefined when it is in place. */
  readonly why?: string;
}

/** A tc program at the ingress of `from` that redirects everything to `to`: one of our own, attached by tcx or tc. */
export function redirectTo(
  kind: RedirectKind,
  topology: Topology,
  netns: string,
  from: string,
  to: string,
): Redirect {
  const indexOf = (name: string): number =>
    Number(/^(\d+):/.exec(topology.exec(netns, 'ip', 'link', 'show', name))![1]);
  const loaded = redirecting(kind, indexOf(to));
  const attach = [
    () => attachTcx(loaded, netns, from, indexOf(from)),
    () => attachTc(loaded, netns, from, `nw${process.pid}${kind}`),
  ];
  const whys: string[] = [];
  for (const tried of attach) {
    try {
      const attached = tried();
      return { [Symbol.dispose]: () => disposeAll(attached, loaded) };
    } catch (error) {
      whys.push((error as Error).message.split('\n')[0]!);
    }
  }
  loaded[Symbol.dispose]();
  return { why: `a tc program cannot be attached: ${whys.join('; ')}`, [Symbol.dispose]: () => undefined };
}

function redirecting(kind: RedirectKind, ifindex: number): Loaded {
  const { name, flags } = HELPERS[kind];
  const asm = new Assembler(`to_${kind}`).mov('r1', ifindex);
  flags.forEach((flag, at) => {
    asm.mov(REGISTERS[at]!, flag);
  });
  const code = asm.call(name).exit().build();
  const attach = { kind: 'none', type: 'sched_cls' } as const;
  return load({ maps: [], programs: [{ name: code.name, attach, code, license: 'GPL' }] });
}

function disposeAll(...all: readonly Disposable[]): void {
  for (const one of all) one[Symbol.dispose]();
}

function programOf(loaded: Loaded): number {
  return loaded.program(loaded.blueprint.programs[0]!.name).fd;
}

function attachTcx(loaded: Loaded, netns: string, from: string, ifindex: number): Disposable {
  const attr = new Attr(64).u32(0, programOf(loaded)).u32(4, ifindex).u32(8, TCX_INGRESS);
  const link = new Fd(
    inNamespace(`/run/netns/${netns}`, () => bpf('link_create', attr.bytes)),
    `tcx ${from}`,
  );
  return { [Symbol.dispose]: () => link.close() };
}

/** By way of a file in bpffs, before 6.6; the namespace takes qdisc and filter with it. */
function attachTc(loaded: Loaded, netns: string, from: string, name: string): Disposable {
  const path = `/sys/fs/bpf/${name}`;
  const text = new TextEncoder().encode(`${path}\0`);
  bpf('obj_pin', new Attr(16).pointer(0, text).u32(8, programOf(loaded)).bytes);
  try {
    const tc = (...args: string[]): void => {
      const { status, stderr } = spawnSync('nsenter', [`--net=/run/netns/${netns}`, 'tc', ...args]);
      if (status !== 0) throw new Error(`tc ${args.join(' ')}: ${stderr}`);
    };
    tc('qdisc', 'add', 'dev', from, 'clsact');
    tc('filter', 'add', 'dev', from, 'ingress', 'bpf', 'direct-action', 'object-pinned', path);
    return {
      [Symbol.dispose]: () => {
        tc('qdisc', 'del', 'dev', from, 'clsact');
      },
    };
  } finally {
    rmSync(path);
  }
}
