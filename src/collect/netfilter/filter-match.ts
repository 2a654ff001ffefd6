import { familyOf, filterTerms, type Single, type Term } from './filter-terms.ts';

/** What a packet filter becomes as nft matches: alternatives, each a list of matches that must all hold. */
export interface FilterMatch {
  /** Each is the text of one rule's matches; "" matches every packet. [] matches none. */
  readonly alternatives: readonly string[];
  /** The answers that a REJECT of such a packet gives: RSTs and ICMP errors the other way round. */
  readonly answers: readonly string[];
  /** False when the matches let more through than the filter: events have to be filtered again. */
  readonly exact: boolean;
}

const EVERYTHING: FilterMatch = { alternatives: [''], answers: [''], exact: false };

/** The widest match that is sure to let through everything that the filter does. */
export function filterMatch(text: string, family: 'inet' | 'bridge' | 'netdev'): FilterMatch {
  const said = filterTerms(text);
  if (said === undefined) return EVERYTHING;
  return {
    alternatives: unique(said.terms.map(term => textOf(term, family))),
    answers: unique(said.terms.flatMap(term => answersOf(term, family))),
    exact: said.exact,
  };
}

function textOf(term: Term, family: string): string {
  return term.map(({ primitive, end }) => atomText(primitive, end, family)).join(' ');
}

function atomText(primitive: Single, end: 'src' | 'dst' | null, family: string): string {
  if (primitive.kind === 'ports') return portsText(primitive, end ?? 'dst');
  const only = familyOf(primitive);
  const carrier = only === 'any' ? '' : carrierText(only, family);
  if (primitive.kind === 'carrier') return carrier;
  if (primitive.kind === 'protocol') return `${carrier} meta l4proto ${primitive.number}`.trim();
  return addressText(primitive.words, end ?? 'dst');
}

function carrierText(only: string, family: string): string {
  if (family === 'inet') return `meta nfproto ${only === 'ip' ? 'ipv4' : 'ipv6'}`;
  return `meta protocol ${only}`;
}

function portsText({ protocols, low, high }: Extract<Single, { kind: 'ports' }>, end: 'src' | 'dst'): string {
  const range = low === high ? String(low) : `${low}-${high}`;
  return `meta l4proto { ${protocols.join(', ')} } th ${end === 'src' ? 'sport' : 'dport'} ${range}`;
}

function addressText(words: Extract<Single, { kind: 'address' }>['words'], end: 'src' | 'dst'): string {
  const write = words.length === 1 ? ipv4Text : ipv6Text;
  const [value, mask] = [write(words.map(word => word.value)), write(words.map(word => word.mask))];
  const field = `${words.length === 1 ? 'ip' : 'ip6'} ${end === 'src' ? 'saddr' : 'daddr'}`;
  return words.every(word => word.mask === 0xffff_ffff)
    ? `${field} ${value}`
    : `${field} & ${mask} == ${value}`;
}

/** Dotted, from one word. */
export function ipv4Text([word = 0]: readonly number[]): string {
  return [24, 16, 8, 0].map(shift => (word >>> shift) & 255).join('.');
}

/** Eight groups, from four words. */
export function ipv6Text(words: readonly number[]): string {
  return words.flatMap(word => [word >>> 16, word & 0xffff].map(half => half.toString(16))).join(':');
}

const OTHER_END = { src: 'dst', dst: 'src' } as const;

/** A RST has the packet's ports the other way round; an ICMP error has only its addresses. */
function answersOf(term: Term, family: string): string[] {
  const turned = term.map(({ primitive, end }) => ({ primitive, end: end === null ? null : OTHER_END[end] }));
  const addresses = turned.filter(({ primitive }) => primitive.kind === 'address');
  const errors = ['icmp type destination-unreachable', 'icmpv6 type destination-unreachable']
    .filter(match => addresses.every(({ primitive }) => familyOf(primitive) === familyOfMatch(match)))
    .map(match => `${textOf(addresses, family)} ${match}`.trim());
  return term.every(({ primitive }) => mayBeTcp(primitive)) ? [resetText(turned, family), ...errors] : errors;
}

/** Protocols are named once, by "tcp flags": nft refuses to compare two. */
function resetText(turned: Term, family: string): string {
  const words = turned
    .filter(({ primitive }) => primitive.kind !== 'protocol')
    .map(({ primitive, end }) =>
      atomText(primitive.kind === 'ports' ? { ...primitive, protocols: [TCP] } : primitive, end, family),
    );
  return [...words, 'tcp flags & rst == rst'].join(' ');
}

const TCP = 6;

function mayBeTcp(primitive: Single): boolean {
  if (primitive.kind === 'ports') return primitive.protocols.includes(TCP);
  return primitive.kind !== 'protocol' || primitive.number === TCP;
}

function familyOfMatch(match: string): 'ip' | 'ip6' {
  return match.startsWith('icmpv6') ? 'ip6' : 'ip';
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
