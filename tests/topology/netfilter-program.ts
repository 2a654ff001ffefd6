import { Assembler } from '../../src/asm/index.ts';
import { load } from '../../src/load/index.ts';
import { Attr, bpf, Fd, inNamespace } from '../../src/sys/index.ts';

/** BPF_NETFILTER (include/uapi/linux/bpf.h), NFPROTO_IPV4 and NF_INET_LOCAL_IN; 6.4. */
const NETFILTER = { attach: 45, ipv4: 2, localIn: 1 } as const;

/** A BPF program at the input hook of a namespace that drops every IPv4 packet. Throws SyscallError. */
export function dropByProgram(netns: string): Disposable {
  const code = new Assembler('drop_all').mov('r0', 0).exit().build();
  const attach = { kind: 'none', type: 'netfilter' } as const;
  const loaded = load({ maps: [], programs: [{ name: code.name, attach, code, license: 'GPL' }] });
  try {
    const attr = new Attr(64)
      .u32(0, loaded.program(code.name).fd)
      .u32(8, NETFILTER.attach)
      .u32(16, NETFILTER.ipv4)
      .u32(20, NETFILTER.localIn)
      .u32(24, 100);
    const fd = inNamespace(`/run/netns/${netns}`, () => bpf('link_create', attr.bytes));
    const link = new Fd(fd, 'netfilter program');
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
