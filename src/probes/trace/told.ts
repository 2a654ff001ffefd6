// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
import type { ReturnRole } from './return.ts';

/**
 * The attach cookie of a function: what one program needs to know to serve every function of a link. A link costs a
 * round of patching the kernel's code when it is made, so that a few links that serve many are attached far quicker
 * than many that serve a few.
 */
export const COOKIE = {
  /** Bits of the probe's number, from 0. */
  numberMask: 0xffff,
  /** Which argument is the sk_buff: 3 bits from here. */
  position: 16,
  positionMask: 7,
  /** The packet's bytes are compared. */
  look: 0x08_0000,
  /** A return probe waits for the call. */
  pending: 0x10_0000,
  /** Index in RETURN_ROLES, or in LINEAGE_ROLES: 4 bits from here. */
  role: 24,
  roleMask: 15,
} as const;

/** In the order of their numbers in cookies. */
export const RETURN_ROLES: readonly ReturnRole[] = ['verdict', 'expand', 'copy', 'cut', 'segment', 'merge'];

/**
 * What functions do that make new bytes for packets or put packets together, in the order of their numbers in cookies:
 * their return will tell what they made; the next fragment goes out; one packet is about to go into another; a fragment
 * waits for the others; what waits is one packet from now on.
 */
export const LINEAGE_ROLES = [
  'remember',
  'fragment4',
  'fragment6',
  'merge',
  'enqueue',
  'reassemble',
] as const;
export type LineageRole = (typeof LINEAGE_ROLES)[number];

export interface Told {
  readonly number: number;
  readonly position: number;
  readonly look: boolean;
  readonly pending: boolean;
  readonly role: string;
}

export function entryCookie({ number, position, look, pending, role }: Told): bigint {
  const lineage = Math.max(0, LINEAGE_ROLES.indexOf(role as LineageRole)) << COOKIE.role;
  const flags = (look ? COOKIE.look : 0) | (pending ? COOKIE.pending : 0) | lineage;
  return BigInt(number | (position << COOKIE.position) | flags);
}

export function returnCookie(number: number, role: ReturnRole): bigint {
  return BigInt(number | (RETURN_ROLES.indexOf(role) << COOKIE.role));
}
