import { Attr } from '../../src/sys/index.ts';
import { linkedProgram } from './linked-program.ts';

/** BPF_XDP, XDP_FLAGS_DRV_MODE and XDP_DROP (include/uapi/linux/bpf.h, if_link.h). */
const XDP = { attach: 37, driver: 4, drop: 1 } as const;

/** A native XDP program on an interface of a namespace that drops everything; 5.9. Throws SyscallError. */
export function dropByXdp(netns: string, ifindex: number): Disposable {
  return linkedProgram(netns, 'xdp', XDP.drop, program =>
    new Attr(64).u32(0, program).u32(4, ifindex).u32(8, XDP.attach).u32(12, XDP.driver),
  );
}
