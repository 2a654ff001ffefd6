import { NetwhyError } from '../base/index.ts';
import { type Mapping, mapMemory, pageSize } from '../sys/index.ts';
import type { BpfMap } from './map.ts';

/** Header of a record (include/uapi/linux/bpf.h, BPF_RINGBUF_*): u32 length with two flags, u32 for the kernel. */
const HEADER_BYTES = 8;
const BUSY = 0x8000_0000;
const DISCARDED = 0x4000_0000;
const LENGTH_MASK = 0x3fff_ffff;

/**
 * Reads a BPF ring buffer where it lies: the kernel's pages are mapped, twice in a row, so that a record which wraps
 * around the end is contiguous. One reader per map. Nothing is allocated per record.
 */
export class RingReader implements Disposable {
  /** Bytes the ring holds. */
  readonly size: number;
  /** The data pages, twice `size`. Only valid before dispose. */
  readonly view: DataView;
  readonly bytes: Uint8Array;
  private readonly consumerPages: Mapping;
  private readonly producerPages: Mapping;
  private readonly consumerPosition: BigUint64Array;
  private readonly producerPosition: BigUint64Array;
  private readonly headers: Uint32Array;
  // Positions only grow, and stay exact as doubles: 2^53 bytes are 28 years at 10 MB/ms.
  private consumed: number;

  /** 5.8. Throws SyscallError. */
  constructor(map: BpfMap) {
    if (map.spec.type !== 'ringbuf')
      throw new NetwhyError(`map ${map.spec.name} is of type ${map.spec.type}, not ringbuf`);
    const page = pageSize();
    this.size = map.spec.maxEntries;
    this.consumerPages = mapMemory(map.fd, page, 0, true);
    this.producerPages = mapOrRelease(map, page, this.consumerPages);
    this.consumerPosition = new BigUint64Array(this.consumerPages.buffer, 0, 1);
    this.producerPosition = new BigUint64Array(this.producerPages.buffer, 0, 1);
    this.view = new DataView(this.producerPages.buffer, page, 2 * this.size);
    this.bytes = new Uint8Array(this.producerPages.buffer, page, 2 * this.size);
    this.headers = new Uint32Array(this.producerPages.buffer, page, (2 * this.size) / 4);
    this.consumed = Number(Atomics.load(this.consumerPosition, 0));
  }

  /** Bytes between what was read and what the kernel has reserved: headers, padding and unfinished records included. */
  pending(): number {
    this.mustBeOpen();
    return Number(Atomics.load(this.producerPosition, 0)) - this.consumed;
  }

  /**
   * Calls `onRecord` for every finished record that is there now, oldest first, and gives their space back to the
   * kernel. Offsets go into `view` and `bytes` and hold only during the callback. What the callback throws comes
   * through; the record it was called with counts as read. Stops at a record that is still being written.
   */
  consume(onRecord: (offset: number, length: number) => void): number {
    this.mustBeOpen();
    const end = Number(Atomics.load(this.producerPosition, 0));
    const mask = this.size - 1;
    const chunk = this.size >>> 3;
    let released = this.consumed;
    let records = 0;
    try {
      while (this.consumed < end) {
        // Modulo 2^32 is enough: `size` is a power of two below that.
        const at = this.consumed & mask;
        const header = Atomics.load(this.headers, at >>> 2);
        if (header >= BUSY) break;
        const length = header & LENGTH_MASK;
        this.consumed += (length + HEADER_BYTES + 7) & ~7;
        if ((header & DISCARDED) === 0) {
          records++;
          onRecord(at + HEADER_BYTES, length);
        }
        if (this.consumed - released >= chunk) released = this.release();
      }
    } finally {
      if (this.consumed !== released) this.release();
    }
    return records;
  }

  [Symbol.dispose](): void {
    this.producerPages[Symbol.dispose]();
    this.consumerPages[Symbol.dispose]();
  }

  // One 64-bit store: the kernel takes a torn position for a full ring and loses records.
  private release(): number {
    Atomics.store(this.consumerPosition, 0, BigInt(this.consumed));
    return this.consumed;
  }

  private mustBeOpen(): void {
    if (!this.producerPages.open) throw new NetwhyError('this ring reader is disposed');
  }
}

function mapOrRelease(map: BpfMap, page: number, before: Mapping): Mapping {
  try {
    return mapMemory(map.fd, page + 2 * map.spec.maxEntries, page, false);
  } catch (error) {
    before[Symbol.dispose]();
    throw error;
  }
}
