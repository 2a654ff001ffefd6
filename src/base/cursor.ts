import { decodeUtf8 } from './text.ts';

/**
 * A bounds-checked reader over bytes, little-endian unless told otherwise.
 * Reading past the end throws RangeError naming offset and length; callers turn it into their own typed error.
 */
export class ByteCursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly littleEndian: boolean;
  offset: number;

  constructor(bytes: Uint8Array, options: { offset?: number; littleEndian?: boolean } = {}) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = options.offset ?? 0;
    this.littleEndian = options.littleEndian ?? true;
  }

  get length(): number {
    return this.bytes.byteLength;
  }

  get remaining(): number {
    return this.bytes.byteLength - this.offset;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), this.littleEndian);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), this.littleEndian);
  }

  s32(): number {
    return this.view.getInt32(this.take(4), this.littleEndian);
  }

  u64(): bigint {
    return this.view.getBigUint64(this.take(8), this.littleEndian);
  }

  /** A view, not a copy. */
  slice(length: number): Uint8Array {
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  /** NUL-terminated text inside the next `length` bytes; all of them when there is no NUL. */
  cString(length: number): string {
    const field = this.slice(length);
    const end = field.indexOf(0);
    return decodeUtf8(end < 0 ? field : field.subarray(0, end));
  }

  skip(length: number): this {
    this.take(length);
    return this;
  }

  private take(length: number): number {
    const start = this.offset;
    if (length < 0 || start < 0 || start + length > this.bytes.byteLength)
      throw new RangeError(`need ${length} bytes at offset ${start}, have ${this.bytes.byteLength - start}`);
    this.offset = start + length;
    return start;
  }
}
