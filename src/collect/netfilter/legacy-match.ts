import { ipv4Text, ipv6Text } from './filter-match.ts';
import { type Atom, familyOf, filterTerms, type Term } from './filter-terms.ts';

/** One TRACE rule's matches, for iptables (ip) or ip6tables (ip6). */
export interface LegacyMatch {
  readonly family: 'ip' | 'ip6';
  readonly args: readonly string[];
}

const PROTOCOL_NAMES: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };
const UNLIMITED: readonly LegacyMatch[] = (['ip', 'ip6'] as const).map(family => ({
  family,
  args: ['-m', 'limit', '--limit', '1000/second', '--limit-burst', '1000'],
}));

/** The widest matches that let through everything that the filter does; some of the packets when that is all of them. */
export function legacyMatches(text: string): readonly LegacyMatch[] {
  const said = filterTerms(text);
  if (said === undefined || said.terms.some(term => term.length === 0)) return UNLIMITED;
  return said.terms.flatMap(term =>
    (['ip', 'ip6'] as const)
      .filter(family => term.every(({ primitive }) => ['any', family].includes(familyOf(primitive))))
      .flatMap(family => protocolsOf(term).flatMap(protocol => matchOf(term, family, protocol))),
  );
}

/** iptables wants a port's protocol by name: one rule for each. undefined: no port, no protocol. */
function protocolsOf(term: Term): (string | undefined)[] {
  const lists = term.flatMap(({ primitive }) => {
    if (primitive.kind === 'ports') return [primitive.protocols];
    return primitive.kind === 'protocol' ? [[primitive.number]] : [];
  });
  if (lists.length === 0) return [undefined];
  const common = lists[0]!.filter(number => lists.every(list => list.includes(number)));
  return common.map(number => PROTOCOL_NAMES[number] ?? String(number));
}

function matchOf(term: Term, family: 'ip' | 'ip6', protocol: string | undefined): LegacyMatch[] {
  const words = new Map<string, string>();
  for (const atom of term) {
    const [option, value] = optionOf(atom);
    if (option === undefined || value === undefined) continue;
    // The same option twice: iptables takes only one, and none lets through more.
    if (words.has(option) && words.get(option) !== value) words.delete(option);
    else words.set(option, value);
  }
  const first = protocol === undefined ? [] : ['-p', protocol];
  return [{ family, args: [...first, ...[...words].flat()] }];
}

function optionOf({ primitive, end }: Atom): readonly [option?: string, value?: string] {
  if (primitive.kind === 'ports')
    return [end === 'src' ? '--sport' : '--dport', `${primitive.low}:${primitive.high}`];
  if (primitive.kind !== 'address') return [];
  const write = primitive.words.length === 1 ? ipv4Text : ipv6Text;
  const [value, mask] = (['value', 'mask'] as const).map(part =>
    write(primitive.words.map(word => word[part])),
  );
  return [end === 'src' ? '-s' : '-d', `${value}/${mask}`];
}
