import { closeSync, mkdirSync, openSync, rmdirSync, writeFileSync } from 'node:fs';
import { ATTACH_TYPES } from '../abi/index.ts';
import { Assembler } from '../asm/index.ts';
import { NetwhyError } from '../base/index.ts';
import { readText } from '../kernel/index.ts';
import { load } from '../load/index.ts';
import { Attr, bpf } from '../sys/index.ts';

const ATTR_BYTES = 32;

/** A control group of the lab; gone on dispose, once its processes are. */
export class ControlGroup implements Disposable {
  readonly path: string;

  /** `name` starts like the lab's namespaces do. */
  constructor(name: string) {
    const root = /^\S+ (\S+) cgroup2 /m.exec(readText('/proc/self/mounts') ?? '')?.[1];
    if (root === undefined) throw new NetwhyError('no cgroup v2 is mounted here');
    this.path = `${root}/${name}`;
    mkdirSync(this.path);
  }

  take(pid: number): void {
    writeFileSync(`${this.path}/cgroup.procs`, String(pid));
  }

  /** Attaches a program that refuses every packet that is sent from here. It stays until it is detached. */
  refuseEgress(): void {
    using loaded = load(refusal());
    const fd = openSync(this.path, 'r');
    try {
      const attr = new Attr(ATTR_BYTES).u32(0, fd).u32(4, loaded.program('nw_refuse').fd);
      bpf('prog_attach', attr.u32(8, ATTACH_TYPES.cgroup_inet_egress).bytes);
    } finally {
      closeSync(fd);
    }
  }

  [Symbol.dispose](): void {
    for (let tries = 0; !isGone(this.path) && tries < MOST_TRIES; tries++)
      Atomics.wait(SLEEPER, 0, 0, TRY_EVERY_MS);
  }
}

/** A group with processes that are just ending cannot be removed yet. */
const TRY_EVERY_MS = 10;
const MOST_TRIES = 200;
const SLEEPER = new Int32Array(new SharedArrayBuffer(4));

function isGone(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EBUSY' && code !== 'ENOENT') throw error;
    return code === 'ENOENT';
  }
}

function refusal(): Parameters<typeof load>[0] {
  const code = new Assembler('nw_refuse').mov('r0', 0).exit().build();
  const attach = { kind: 'none', type: 'cgroup_skb' } as const;
  return { maps: [], programs: [{ name: 'nw_refuse', attach, code, license: 'GPL' }] };
}
