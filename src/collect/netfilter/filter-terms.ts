import { FilterSyntaxError } from '../../base/index.ts';
import {
  type Carrier,
  type Direction,
  type Network,
  type Primitive,
  parsePlain,
  type Syntax,
} from '../../filter/index.ts';

/** More alternatives than this cost every packet of the machine too much. */
const MOST_ALTERNATIVES = 32;

/** A packet filter as alternatives, each a list of things that must all hold. */
export interface FilterTerms {
  /** An empty list holds for every packet; no list at all for none. */
  readonly terms: readonly Term[];
  /** False when they let more through than the filter. */
  readonly exact: boolean;
}

/** undefined when the filter cannot be said in this way, or only at too great a length. */
export function filterTerms(text: string): FilterTerms | undefined {
  if (text.trim() === '') return { terms: [[]], exact: true };
  const syntax = plain(text);
  if (syntax === undefined) return undefined;
  const widened = { not: false };
  const terms = termsOf(syntax, widened)?.filter(isPossible);
  return terms === undefined ? undefined : { terms, exact: !widened.not };
}

/** undefined for what only libpcap understands. */
function plain(text: string): Syntax | undefined {
  try {
    return parsePlain(text);
  } catch (error) {
    if (error instanceof FilterSyntaxError) return undefined;
    throw error;
  }
}

/** A primitive with one address or one range of ports. */
export type Single =
  | { readonly kind: 'address'; readonly carriers: readonly Carrier[]; readonly words: Network }
  | {
      readonly kind: 'ports';
      readonly protocols: readonly number[];
      readonly low: number;
      readonly high: number;
    }
  | Extract<Primitive, { readonly kind: 'protocol' | 'carrier' }>;

/** One primitive with its direction settled. */
export interface Atom {
  readonly primitive: Single;
  readonly end: 'src' | 'dst' | null;
}
export type Term = readonly Atom[];

/**
 * Disjunctive normal form; undefined when it grows too large. A negation cannot be said exactly (`ip saddr != A`
 * would leave out IPv6), so it is dropped, which only widens.
 */
function termsOf(syntax: Syntax, widened: { not: boolean }): Term[] | undefined {
  if (syntax.kind === 'not') {
    widened.not = true;
    return [[]];
  }
  if (!('left' in syntax)) {
    const atoms = atomsOf(syntax);
    return atoms.length > MOST_ALTERNATIVES ? undefined : atoms;
  }
  const left = termsOf(syntax.left, widened);
  const right = termsOf(syntax.right, widened);
  if (left === undefined || right === undefined) return undefined;
  const joined = syntax.kind === 'or' ? [...left, ...right] : left.flatMap(a => right.map(b => [...a, ...b]));
  return joined.length > MOST_ALTERNATIVES ? undefined : joined;
}

function atomsOf(primitive: Primitive): Term[] {
  const singles = singlesOf(primitive);
  if (!('direction' in primitive)) return singles.map(single => [{ primitive: single, end: null }]);
  const at = (end: 'src' | 'dst'): Atom[] => singles.map(single => ({ primitive: single, end }));
  const ways: Readonly<Record<Direction, () => Term[]>> = {
    src: () => at('src').map(atom => [atom]),
    dst: () => at('dst').map(atom => [atom]),
    either: () => [...at('src'), ...at('dst')].map(atom => [atom]),
    both: () => at('src').flatMap(src => at('dst').map(dst => [src, dst])),
  };
  return ways[primitive.direction]();
}

function singlesOf(primitive: Primitive): Single[] {
  if (primitive.kind === 'address') {
    const { kind, carriers } = primitive;
    return primitive.networks.map(words => ({ kind, carriers, words }));
  }
  if (primitive.kind !== 'ports') return [primitive];
  const { kind, protocols } = primitive;
  return primitive.ranges.map(({ low, high }) => ({ kind, protocols, low, high }));
}

/** A packet is IPv4 or IPv6, never both and never ARP: alternatives that ask for that match nothing. */
function isPossible(term: Term): boolean {
  const families = term.map(({ primitive }) => familyOf(primitive));
  return !families.includes('none') && !(families.includes('ip') && families.includes('ip6'));
}

/** The only family that can have it; `any` for both, `none` for ARP. */
export function familyOf(primitive: Single): 'ip' | 'ip6' | 'none' | 'any' {
  if (primitive.kind === 'ports') return 'any';
  const carriers: readonly string[] = primitive.kind === 'carrier' ? [primitive.carrier] : primitive.carriers;
  const [ipv4, ipv6] = [carriers.includes('ip'), carriers.includes('ip6')];
  if (ipv4 && ipv6) return 'any';
  return ipv4 ? 'ip' : ipv6 ? 'ip6' : 'none';
}

/** Families whose packets the filter can let through; both where that cannot be told. */
export function familiesOf(text: string): readonly ('ipv4' | 'ipv6')[] {
  const terms = filterTerms(text)?.terms ?? [[]];
  const may = (family: 'ip' | 'ip6'): boolean =>
    terms.some(term => term.every(({ primitive }) => ['any', family].includes(familyOf(primitive))));
  return [...(may('ip') ? (['ipv4'] as const) : []), ...(may('ip6') ? (['ipv6'] as const) : [])];
}
