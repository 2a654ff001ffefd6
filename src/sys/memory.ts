import { forgetHandle, trackHandle } from './handles.ts';
import { native } from './native.ts';
import { failed } from './syscall.ts';

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;

/** Memory shared with the kernel. After dispose every access through `buffer` is a fault: drop all views first. */
export class Mapping implements Disposable {
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  private address: bigint;

  constructor(address: bigint, length: number, what: string) {
    this.address = address;
    this.buffer = native().koffi.view(address, length);
    this.bytes = new Uint8Array(this.buffer);
    this.view = new DataView(this.buffer);
    trackHandle(this, what);
  }

  get open(): boolean {
    return this.address !== 0n;
  }

  [Symbol.dispose](): void {
    if (this.address === 0n) return;
    const address = this.address;
    this.address = 0n;
    forgetHandle(this);
    native().munmap(address, this.buffer.byteLength);
  }
}

/** mmap(MAP_SHARED). Offsets and lengths are whole pages. Throws SyscallError. */
export function mapMemory(fd: number, length: number, offset: number, writable: boolean): Mapping {
  const { mmap, errno } = native();
  const address = BigInt(
    mmap(0, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, offset),
  );
  if (BigInt.asIntN(64, address) === -1n) throw failed('mmap', errno());
  return new Mapping(address, length, `mapping of fd ${fd}, ${length} bytes`);
}

let page = 0;

/** Bytes in a page: 4096 on x86-64, up to 65536 on arm64. */
export function pageSize(): number {
  page ||= native().koffi.load(null).func('getpagesize', 'int', [])() as number;
  return page;
}
