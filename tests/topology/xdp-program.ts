import { Assembler } from '../../src/asm/index.ts';
import { load } from '../../src/load/index.ts';
import { Attr, bpf, Fd, inNamespace } from '../../src/sys/index.ts';

/** BPF_XDP, XDP_FLAGS_DRV_MODE and XDP_DROP (include/uapi/linux/bpf.h, if_link.h). */
const XDP = { attach: 37, driver: 4, drop: 1 } as const;

/** A native XDP program on an interface of a namespace that drops everything; 5.9. Throws SyscallError. */
export function dropByXdp(netns: string, ifindex: number): Disposable {
  const code = new Assembler('drop_early').mov('r0', XDP.drop).exit().build();
  const attach = { kind: 'none', type: 'xdp' } as const;
  const loaded = load({ maps: [], programs: [{ name: code.name, attach, code, license: 'GPL' }] });
  try {
    const attr = new Attr(64)
      .u32(0, loaded.program(code.name).fd)
      .u32(4, ifindex)
      .u32(8, XDP.attach)
      .u32(12, XDP.driver);
    const link = new Fd(
      inNamespace(`/run/netns/${netns}`, () => bpf('link_create', attr.bytes)),
      'XDP program',
    );
    return {
      [Symbol.dispose]: () => {
        link.close();
        loaded[Symbol.dispose]();
      },
    };
  } catch (error) {
    loaded[Symbol.dispose]();
    throw error;
  }
}
