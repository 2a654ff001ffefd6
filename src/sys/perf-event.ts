import type { CapabilityName } from './capabilities.ts';
import { Fd } from './handles.ts';
import { syscall } from './syscall.ts';

const NEEDS: readonly CapabilityName[] = ['CAP_PERFMON'];

/** perf_event_open(2). `attr` is struct perf_event_attr with its own size inside; `what` names it in errors. Throws SyscallError. */
export function perfEventOpen(
  attr: Uint8Array,
  pid: number,
  cpu: number,
  groupFd: number,
  flags: number,
  what = 'perf event',
): Fd {
  const args = [attr, pid, cpu, groupFd, flags];
  return new Fd(syscall('perf_event_open', args, { as: `perf_event_open(${what})`, needs: NEEDS }), what);
}

/** ioctl(2); bytes are passed by address. Throws SyscallError naming the request in hex. */
export function ioctl(fd: number, request: number, arg: number | bigint | Uint8Array): number {
  return syscall('ioctl', [fd, request, arg], { as: `ioctl(0x${request.toString(16)})` });
}
