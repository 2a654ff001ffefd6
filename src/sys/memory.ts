import { forgetHandle, trackHandle } from './handles.ts';
import { native } from './native.ts';
import { failed } from './syscall.ts';

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 0x01;
/** MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE. */
const IN_PLACE_OF = 0x4032;

// Address space goes back when the last view of it is gone: unmapping earlier would turn a late read into a crash.
const unmapLater = new FinalizationRegistry<{ address: bigint; length: number }>(({ address, length }) => {
  native().munmap(address, length);
});

/** Memory shared with the kernel. After dispose its views show zeros, and what is written to them goes nowhere. */
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
    const length = this.buffer.byteLength;
    native().mmap(address, length, PROT_READ | PROT_WRITE, IN_PLACE_OF, -1, 0);
    unmapLater.register(this.buffer, { address, length });
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
