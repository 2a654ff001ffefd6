import { encodeUtf8 } from '../base/index.ts';
import { addressOf } from './address.ts';

// Whoever holds the struct holds what it points to, until the struct itself is gone.
const pointees = new WeakMap<Uint8Array, Uint8Array[]>();

/**
 * A kernel struct being filled in, zero at first. Memory that is pointed to lives as long as `bytes` does.
 * Kernels older than the struct accept it as long as the part they do not know is zero.
 */
export class Attr {
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
    pointees.set(this.bytes, []);
  }

  u32(offset: number, value: number): this {
    this.view.setUint32(offset, value, true);
    return this;
  }

  u64(offset: number, value: number | bigint): this {
    this.view.setBigUint64(offset, BigInt(value), true);
    return this;
  }

  pointer(offset: number, target: Uint8Array): this {
    return this.keep(target).u64(offset, addressOf(target));
  }

  /** Keeps memory alive that is pointed to from elsewhere than this struct. */
  keep(target: Uint8Array): this {
    pointees.get(this.bytes)?.push(target);
    return this;
  }

  /** Pointer to a NUL-terminated copy of the text. */
  text(offset: number, text: string): this {
    return this.pointer(offset, encodeUtf8(`${text}\0`));
  }

  /** A name inside the struct, cut to leave its NUL; what the kernel refuses in names becomes "_". */
  name(offset: number, size: number, name: string): this {
    const clean = name.replace(/[^A-Za-z0-9_]/g, '_').slice(0, size - 1);
    this.bytes.set(encodeUtf8(clean), offset);
    return this;
  }

  readU32(offset: number): number {
    return this.view.getUint32(offset, true);
  }

  readU64(offset: number): bigint {
    return this.view.getBigUint64(offset, true);
  }
}
