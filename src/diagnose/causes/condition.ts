import type { FactName } from '../facts/catalogue.ts';

type Scalar = string | number | boolean;

/** Looks at the incident's own place; `anywhere`: it is enough that some namespace or interface has it. */
interface Asks {
  readonly fact: FactName;
  readonly anywhere?: true;
}

/**
 * One question, answered yes, no or unknown. A fact whose value is null was looked for and is not there: only
 * `exists: false`, `differsFrom` and the negative forms (`not`, `noneOf`, `lacks`) say yes to it. Every form says
 * unknown where nobody collected the fact.
 */
export type Condition =
  | (Asks & { readonly is: Scalar })
  | (Asks & { readonly oneOf: readonly Scalar[] })
  | (Asks & { readonly atLeast: number })
  | (Asks & { readonly matches: string })
  | (Asks & { readonly hasAny: readonly string[] })
  | { readonly fact: FactName; readonly not: Scalar }
  | { readonly fact: FactName; readonly noneOf: readonly Scalar[] }
  | { readonly fact: FactName; readonly lacks: string }
  | { readonly fact: FactName; readonly atMost: number }
  | (Asks & { readonly exists: boolean })
  | { readonly fact: FactName; readonly sameAs: FactName }
  | { readonly fact: FactName; readonly differsFrom: FactName }
  | { readonly fact: FactName; readonly atLeastShare: number; readonly of: FactName }
  | { readonly any: readonly Condition[] }
  | { readonly all: readonly Condition[] };
