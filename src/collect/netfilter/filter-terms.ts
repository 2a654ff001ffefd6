import { FilterSyntaxError } from '../../base/index.ts';
import { type Direction, type Primitive, parsePlain, type Syntax } from '../../filter/index.ts';

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

/** One primitive with its direction settled. */
export interface Atom {
  readonly primitive: Primitive;
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
  if (!('left' in syntax)) return atomsOf(syntax);
  const left = termsOf(syntax.left, widened);
  const right = termsOf(syntax.right, widened);
  if (left === undefined || right === undefined) return undefined;
  const joined = syntax.kind === 'or' ? [...left, ...right] : left.flatMap(a => right.map(b => [...a, ...b]));
  return joined.length > MOST_ALTERNATIVES ? undefined : joined;
}

const ENDS: Readonly<Record<Direction, readonly (readonly ('src' | 'dst')[])[]>> = {
  src: [['src']],
  dst: [['dst']],
  either: [['src'], ['dst']],
  both: [['src', 'dst']],
};

function atomsOf(primitive: Primitive): Term[] {
  if (!('direction' in primitive)) return [[{ primitive, end: null }]];
  return ENDS[primitive.direction].map(ends => ends.map(end => ({ primitive, end })));
}

/** A packet is IPv4 or IPv6, never both and never ARP: alternatives that ask for that match nothing. */
function isPossible(term: Term): boolean {
  const families = term.map(({ primitive }) => familyOf(primitive));
  return !families.includes('none') && !(families.includes('ip') && families.includes('ip6'));
}

/** The only family that can have it; `any` for both, `none` for ARP. */
export function familyOf(primitive: Primitive): 'ip' | 'ip6' | 'none' | 'any' {
  if (primitive.kind === 'ports') return 'any';
  const carriers: readonly string[] = primitive.kind === 'carrier' ? [primitive.carrier] : primitive.carriers;
  const [ipv4, ipv6] = [carriers.includes('ip'), carriers.includes('ip6')];
  if (ipv4 && ipv6) return 'any';
  return ipv4 ? 'ip' : ipv6 ? 'ip6' : 'none';
}
