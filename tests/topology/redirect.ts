import { Assembler } from '../../src/asm/index.ts';
import { SyscallError } from '../../src/base/index.ts';
import { load } from '../../src/load/index.ts';
import { Attr, bpf, Fd, inNamespace } from '../../src/sys/index.ts';
import type { Topology } from './topology.ts';

/** BPF_TCX_INGRESS (include/uapi/linux/bpf.h), 6.6. */
const TCX_INGRESS = 46;
const HELPER = { peer: 'redirect_peer', neigh: 'redirect_neigh' } as const;

export interface Redirect extends Disposable {
  /** Why this kernel cannot do it; undefined when it is in place. */
  readonly why?: string;
}

/** A tc program at the ingress of `from` that redirects everything to `to`: one of our own, attached by tcx. */
export function redirectTo(
  kind: keyof typeof HELPER,
  topology: Topology,
  netns: string,
  from: string,
  to: string,
): Redirect {
  const indexOf = (name: string): number =>
    Number(/^(\d+):/.exec(topology.exec(netns, 'ip', 'link', 'show', name))![1]);
  const asm = new Assembler(`redirect_${kind}`).mov('r1', indexOf(to));
  if (kind === 'neigh') asm.mov('r2', 0).mov('r3', 0).mov('r4', 0);
  else asm.mov('r2', 0);
  const code = asm.call(HELPER[kind]).exit().build();
  const loaded = load({
    maps: [],
    programs: [{ name: code.name, attach: { kind: 'none', type: 'sched_cls' }, code, license: 'GPL' }],
  });
  const attr = new Attr(64).u32(0, loaded.program(code.name).fd).u32(4, indexOf(from)).u32(8, TCX_INGRESS);
  try {
    const fd = inNamespace(`/run/netns/${netns}`, () => bpf('link_create', attr.bytes));
    const link = new Fd(fd, `tcx ${from}`);
    return {
      [Symbol.dispose]: () => {
        link.close();
        loaded[Symbol.dispose]();
      },
    };
  } catch (error) {
    loaded[Symbol.dispose]();
    if (!(error instanceof SyscallError)) throw error;
    return { why: `no tcx (6.6): ${error.message.split('\n')[0]}`, [Symbol.dispose]: () => undefined };
  }
}
