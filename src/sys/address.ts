import { native } from './native.ts';

/**
 * Address of the first byte. The memory stays where it is as long as the array lives: V8 moves array objects but not
 * their backing stores, and asking for the address takes small arrays out of the moving heap for good. Keep a reference.
 */
export function addressOf(bytes: Uint8Array): bigint {
  if (bytes.byteLength === 0) return 0n;
  return BigInt(native().koffi.address(bytes));
}
