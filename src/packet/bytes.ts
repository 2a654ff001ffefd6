/** Big-endian reads without bounds: callers have checked the length. */
export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function u24(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | u16(bytes, at + 1);
}

export function u32(bytes: Uint8Array, at: number): number {
  return ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0;
}
