import { readlinkSync } from 'node:fs';
import { NetwhyError, type Unavailable, unavailable } from '../../base/index.ts';
import { namesIn } from '../../kernel/index.ts';
import { dlopen } from '../../sys/index.ts';

const PIDFD_OPEN = 434;
const PIDFD_GETFD = 438;
const SOL_SOCKET = 1;

interface Libc {
  readonly syscall: (number: number, a: number, b: number, c: number) => number | bigint;
  readonly getsockopt: (
    fd: number,
    level: number,
    option: number,
    value: Uint8Array,
    length: Uint8Array,
  ) => number;
  readonly setsockopt: (
    fd: number,
    level: number,
    option: number,
    value: Uint8Array,
    length: number,
  ) => number;
  readonly close: (fd: number) => number;
}

let bound: Libc | undefined;

function libc(): Libc {
  bound ??= bind();
  return bound;
}

function bind(): Libc {
  const library = dlopen(['libc.so.6', 'libc.so']);
  if (!library) throw new NetwhyError('the C library cannot be loaded');
  return {
    syscall: library.func('int64_t syscall(int64_t, int64_t, int64_t, int64_t)'),
    getsockopt: library.func('int getsockopt(int, int, int, _Out_ uint8_t *, _Inout_ uint8_t *)'),
    setsockopt: library.func('int setsockopt(int, int, int, const uint8_t *, uint32_t)'),
    close: library.func('int close(int)'),
  };
}

/** Another process's socket, by a descriptor of our own: what it is asked and told is what its owner would see. 5.6. */
export class BorrowedSocket implements Disposable {
  private readonly fd: number;
  private open = true;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** By the number that ss and /proc/PID/fd give it. Unavailable without CAP_SYS_PTRACE. */
  static take(pid: number, inode: string): BorrowedSocket | Unavailable {
    const descriptor = namesIn(`/proc/${pid}/fd`).find(
      fd => linkOf(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`,
    );
    const process = descriptor === undefined ? -1 : Number(libc().syscall(PIDFD_OPEN, pid, 0, 0));
    const fd = process < 0 ? -1 : Number(libc().syscall(PIDFD_GETFD, process, Number(descriptor), 0));
    if (process >= 0) libc().close(process);
    if (fd >= 0) return new BorrowedSocket(fd);
    return unavailable(
      `socket ${inode} of process ${pid}`,
      'it cannot be looked at: the process is gone, or belongs to somebody else',
      'run as root; pidfd_getfd came with Linux 5.6',
    );
  }

  /** Length of the answer of getsockopt(SOL_SOCKET, option); negative when it is refused. */
  askLength(option: number): number {
    const length = new Uint8Array(4);
    const result = libc().getsockopt(this.fd, SOL_SOCKET, option, new Uint8Array(8), length);
    return result < 0 ? -1 : new DataView(length.buffer).getUint32(0, true);
  }

  /** False when the kernel refuses. */
  tell(option: number, value: Uint8Array): boolean {
    return libc().setsockopt(this.fd, SOL_SOCKET, option, value, value.byteLength) === 0;
  }

  [Symbol.dispose](): void {
    if (this.open) libc().close(this.fd);
    this.open = false;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
