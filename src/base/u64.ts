/** 0x-prefixed, 16 digits: how kernel addresses are written in events and JSON. */
export function hexOf(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16).padStart(16, '0')}`;
}

/** A u64 from its two little-endian halves (each 0..2^32-1). */
export function joinU64(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

/** The same 64 bits read as a signed number. */
export function s64Of(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}
