import { NetwhyError } from '../base/index.ts';
import { dlopen } from '../sys/index.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const ALL_PROTOCOLS = 0x0300;
const MSG_DONTWAIT = 0x40;
/** struct sockaddr_ll (linux/if_packet.h). */
const ADDRESS_BYTES = 20;
const LARGEST_FRAME = 65_536;

interface Libc {
  readonly socket: (family: number, type: number, protocol: number) => number;
  readonly bind: (fd: number, address: Uint8Array, length: number) => number;
  readonly send: (fd: number, bytes: Uint8Array, length: number, flags: number) => number;
  readonly recv: (fd: number, bytes: Uint8Array, length: number, flags: number) => number;
  readonly close: (fd: number) => number;
  readonly if_nametoindex: (name: string) => number;
}

let bound: Libc | undefined;

function libc(): Libc {
  bound ??= bindLibc();
  return bound;
}

function bindLibc(): Libc {
  const library = dlopen(['libc.so.6', 'libc.so']);
  if (!library) throw new NetwhyError('the C library cannot be loaded');
  return {
    socket: library.func('int socket(int, int, int)'),
    bind: library.func('int bind(int, const uint8_t *, uint32_t)'),
    send: library.func('int64_t send(int, const uint8_t *, size_t, int)'),
    recv: library.func('int64_t recv(int, uint8_t *, size_t, int)'),
    close: library.func('int close(int)'),
    if_nametoindex: library.func('uint32_t if_nametoindex(const char *)'),
  };
}

/** Whole frames on one interface. Made inside a namespace it stays there. Needs CAP_NET_RAW. */
export class PacketSocket implements Disposable {
  private readonly fd: number;
  private readonly buffer = new Uint8Array(LARGEST_FRAME);
  private open = true;

  /** Call inside the namespace of the interface. */
  constructor(ifname: string) {
    const index = libc().if_nametoindex(ifname);
    this.fd = libc().socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, ALL_PROTOCOLS);
    if (index === 0 || this.fd < 0)
      throw new NetwhyError(`no packet socket on ${ifname}`, 'it needs CAP_NET_RAW');
    const address = new DataView(new ArrayBuffer(ADDRESS_BYTES));
    address.setUint16(0, AF_PACKET, true);
    address.setUint16(2, ALL_PROTOCOLS, true);
    address.setInt32(4, index, true);
    if (libc().bind(this.fd, new Uint8Array(address.buffer), ADDRESS_BYTES) < 0)
      throw new NetwhyError(`the packet socket does not bind to ${ifname}`);
  }

  send(frame: Uint8Array): void {
    libc().send(this.fd, frame, frame.byteLength, 0);
  }

  /** Every frame that is waiting. */
  *frames(): Generator<Uint8Array, void, undefined> {
    for (;;) {
      const length = Number(libc().recv(this.fd, this.buffer, LARGEST_FRAME, MSG_DONTWAIT));
      if (length <= 0) return;
      yield this.buffer.slice(0, length);
    }
  }

  [Symbol.dispose](): void {
    if (this.open) libc().close(this.fd);
    this.open = false;
  }
}
