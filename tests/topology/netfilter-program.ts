import { Attr } from '../../src/sys/index.ts';
import { linkedProgram } from './linked-program.ts';

/** BPF_NETFILTER (include/uapi/linux/bpf.h), NFPROTO_IPV4, NF_INET_LOCAL_IN and NF_DROP; 6.4. */
const NETFILTER = { attach: 45, ipv4: 2, localIn: 1, drop: 0, priority: 100 } as const;

/** A BPF program at the input hook of a namespace that drops every IPv4 packet. Throws SyscallError. */
export function dropByProgram(netns: string): Disposable {
  return linkedProgram(netns, 'netfilter', NETFILTER.drop, program =>
    new Attr(64)
      .u32(0, program)
      .u32(8, NETFILTER.attach)
      .u32(16, NETFILTER.ipv4)
      .u32(20, NETFILTER.localIn)
      .u32(24, NETFILTER.priority),
  );
}
