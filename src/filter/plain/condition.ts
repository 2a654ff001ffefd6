/** A comparison of packet bytes with a constant; `set`: any of the value's bits is set. */
export interface Test {
  readonly bytes: 1 | 2 | 4;
  readonly at: number;
  /** Offset of an IPv4 header whose length is to be added to `at`. */
  readonly behindIpv4?: number;
  /** Applied before comparing. */
  readonly mask?: number;
  readonly op: 'eq' | 'gt' | 'ge' | 'set';
  readonly value: number;
}

/** What a packet must fulfil. */
export type Condition =
  | Test
  | boolean
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition };

export const FALSE: Condition = false;

export function all(...of: readonly Condition[]): Condition {
  if (of.includes(false)) return false;
  return group(
    'all',
    of.filter(one => one !== true),
  );
}

export function any(...of: readonly Condition[]): Condition {
  if (of.includes(true)) return true;
  return group(
    'any',
    of.filter(one => one !== false),
  );
}

export function not(of: Condition): Condition {
  return typeof of === 'boolean' ? !of : { kind: 'not', of };
}

function group(kind: 'all' | 'any', of: readonly Condition[]): Condition {
  if (of.length === 0) return kind === 'all';
  return of.length === 1 ? of[0]! : { kind, of };
}
