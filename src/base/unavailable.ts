/** Something this kernel, machine or user cannot do. A value, not an exception: the run goes on without it. */
export interface Unavailable {
  readonly kind: 'unavailable';
  /** What is missing, in the field's terms: "kprobe_multi". */
  readonly what: string;
  /** First kernel (or package) version that has it, when that is the reason. */
  readonly since?: string;
  /** Why it is missing here, as found out, not guessed. */
  readonly why: string;
  /** What to do, or what is used in its place. */
  readonly instead: string;
}

export function unavailable(what: string, why: string, instead: string, since?: string): Unavailable {
  return since === undefined
    ? { kind: 'unavailable', what, why, instead }
    : { kind: 'unavailable', what, since, why, instead };
}

export function isUnavailable(value: unknown): value is Unavailable {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'unavailable';
}
