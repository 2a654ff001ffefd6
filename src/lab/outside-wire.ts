import { closeSync, constants, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { ioctl } from '../sys/index.ts';
import type { Host } from './world.ts';

const TUNSETIFF = 0x4004_54ca;
/** IFF_TAP | IFF_NO_PI (linux/if_tun.h). */
const TAP = 0x0002 | 0x1000;
const IFREQ_BYTES = 40;

/** Carries frames between two descriptors until it is told to lose them, in a thread that nothing else holds up. */
const CARRIER = `
const { readSync, writeSync } = require('node:fs');
const { workerData: { ends, flags } } = require('node:worker_threads');
const cut = new Int32Array(flags);
const buffer = new Uint8Array(65536);
// Nothing waits, or the device is down just now: a wire does not complain.
const quietly = act => { try { return act(); } catch { return 0; } };
const read = fd => quietly(() => readSync(fd, buffer));
const move = (from, to) => {
  for (let length = read(from); length > 0; length = read(from))
    if (cut[0] === 0) quietly(() => writeSync(to, buffer, 0, length));
};
while (cut[1] === 0) {
  move(ends[0], ends[1]);
  move(ends[1], ends[0]);
  Atomics.wait(cut, 1, 0, 1);
}
`;

/** A network outside of the kernel: frames go from one tap device to another through this process, or are lost. */
export class OutsideWire implements Disposable {
  private readonly ends: readonly [number, number];
  private readonly flags = new Int32Array(new SharedArrayBuffer(8));
  private readonly worker: Worker;

  /** Makes a tap device of that name in both. */
  constructor(a: Host, b: Host, ifname: string) {
    this.ends = [tapIn(a, ifname), tapIn(b, ifname)];
    const workerData = { ends: this.ends, flags: this.flags.buffer };
    this.worker = new Worker(CARRIER, { eval: true, workerData });
    this.worker.once('exit', () => {
      for (const fd of this.ends) closeSync(fd);
    });
  }

  /** From now on every frame disappears, or none. */
  cut(lost: boolean): void {
    Atomics.store(this.flags, 0, Number(lost));
  }

  [Symbol.dispose](): void {
    Atomics.store(this.flags, 1, 1);
    Atomics.notify(this.flags, 1);
  }
}

function tapIn(host: Host, ifname: string): number {
  return host.inside(() => {
    const fd = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK);
    const request = new Uint8Array(IFREQ_BYTES);
    request.set(Buffer.from(ifname));
    new DataView(request.buffer).setUint16(16, TAP, true);
    ioctl(fd, TUNSETIFF, request);
    return fd;
  });
}
