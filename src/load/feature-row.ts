import { NetwhyError, type Unavailable, unavailable } from '../base/index.ts';
import type { Btf } from '../btf/index.ts';

/** The kernel's types for the probes that need them; read when absent. */
export interface ProbeOptions {
  readonly btf?: Btf | (() => Btf);
}

/** One thing that a kernel and a user may or may not be able to do. */
export interface Feature {
  readonly what: string;
  /** First kernel release that has it; a build may still leave it out. */
  readonly since: string;
  /** Does it, undoes it, says how that went. Milliseconds; those that need BTF take as long as reading it. */
  probe(options?: ProbeOptions): true | Unavailable;
}

/** A row made of an attempt that throws when the thing cannot be done. */
export function feature(
  what: string,
  since: string,
  instead: string,
  attempt: (options: ProbeOptions) => void,
): Feature {
  return {
    what,
    since,
    probe(options = {}): true | Unavailable {
      try {
        attempt(options);
        return true;
      } catch (error) {
        return unavailable(what, whyOf(error), instead, since);
      }
    },
  };
}

function whyOf(error: unknown): string {
  if (!(error instanceof NetwhyError)) throw error;
  return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
}
