import { ETHERTYPES, IP_PROTOCOLS } from '../../abi/index.ts';
import { alternativesOf } from './alternatives.ts';
import { all, any, type Condition, FALSE, not, type Test } from './condition.ts';
import type { Carrier, Direction, Network, PortRange, Primitive, Syntax } from './syntax.ts';

/** Where things are in a packet on one kind of link. */
export interface LinkLayout {
  /** Bytes before the network header. */
  readonly network: number;
  readonly carries: (carrier: Carrier) => Condition;
}

const ETHERTYPE_AT = 12;
export const ETHERNET: LinkLayout = {
  network: 14,
  carries: carrier => ({ bytes: 2, at: ETHERTYPE_AT, op: 'eq', value: ETHERTYPE_OF[carrier] }),
};
const ETHERTYPE_OF: Readonly<Record<Carrier, number>> = {
  ip: ETHERTYPES.ipv4,
  ip6: ETHERTYPES.ipv6,
  arp: ETHERTYPES.arp,
  rarp: ETHERTYPES.rarp,
};

/** Without link header the version in the first byte has to tell; there is no ARP. */
export const RAW_IP: LinkLayout = {
  network: 0,
  carries: carrier => {
    const value = VERSION_OF[carrier];
    return value === undefined ? FALSE : { bytes: 1, at: 0, mask: 0xf0, op: 'eq', value };
  },
};
const VERSION_OF: Readonly<Partial<Record<Carrier, number>>> = { ip: 0x40, ip6: 0x60 };

/** What an expression asks of the bytes on this link. */
export function lower(syntax: Syntax, link: LinkLayout): Condition {
  if (syntax.kind === 'and') return all(lower(syntax.left, link), lower(syntax.right, link));
  if (syntax.kind === 'or') return any(...alternativesOf(syntax).map(part => lower(part, link)));
  if (syntax.kind === 'not') return not(lower(syntax.of, link));
  return LOWER[syntax.kind](syntax as never, link);
}

type Of<Kind extends Primitive['kind']> = Extract<Primitive, { kind: Kind }>;

const LOWER: { readonly [Kind in Primitive['kind']]: (primitive: Of<Kind>, link: LinkLayout) => Condition } =
  {
    carrier: ({ carrier }, link) => link.carries(carrier),
    protocol: ({ carriers, number }, link) =>
      any(...carriers.map(carrier => all(link.carries(carrier), protocolIs(carrier, [number], link, true)))),
    address: lowerAddress,
    ports: lowerPorts,
  };

/** Offsets of source and destination address from the network header, and what carries them there. */
const ADDRESSES: readonly { readonly in: readonly Carrier[]; readonly src: number; readonly dst: number }[] =
  [
    { in: ['ip'], src: 12, dst: 16 },
    { in: ['ip6'], src: 8, dst: 24 },
    { in: ['arp', 'rarp'], src: 14, dst: 24 },
  ];

function lowerAddress({ carriers, direction, networks }: Of<'address'>, link: LinkLayout): Condition {
  const isAt = (offset: number): Condition =>
    any(...networks.map(words => networkAt(words, link.network + offset)));
  return any(
    ...ADDRESSES.map(place => {
      const asked = place.in.filter(carrier => carriers.includes(carrier)).map(link.carries);
      return all(any(...asked), directed(direction, isAt(place.src), isAt(place.dst)));
    }),
  );
}

function networkAt(words: Network, at: number): Condition {
  const significant = words.filter(({ mask }) => mask !== 0);
  return all(
    ...significant.map(
      ({ value, mask }, index): Test => ({ bytes: 4, at: at + index * 4, mask, op: 'eq', value }),
    ),
  );
}

function directed(direction: Direction, src: Condition, dst: Condition): Condition {
  const ways = { src, dst, either: any(src, dst), both: all(src, dst) };
  return ways[direction];
}

const IPV4_PROTOCOL = 9;
const IPV6_NEXT = 6;
const IPV6_HEADER = 40;

/** Behind an IPv6 fragment header a protocol counts too, ports do not: as in libpcap. */
function protocolIs(
  carrier: Carrier,
  numbers: readonly number[],
  { network }: LinkLayout,
  behindFragment: boolean,
): Condition {
  const isAt = (at: number): Condition =>
    any(...numbers.map((value): Test => ({ bytes: 1, at: network + at, op: 'eq', value })));
  if (carrier === 'ip') return isAt(IPV4_PROTOCOL);
  if (!behindFragment) return isAt(IPV6_NEXT);
  const fragment: Test = { bytes: 1, at: network + IPV6_NEXT, op: 'eq', value: IP_PROTOCOLS.fragment };
  return any(isAt(IPV6_NEXT), all(fragment, isAt(IPV6_HEADER)));
}

const FRAGMENT_PLACE = 6;
const FRAGMENT_OFFSET = 0x1fff;

function lowerPorts({ protocols, direction, ranges }: Of<'ports'>, link: LinkLayout): Condition {
  const { network } = link;
  const inRange = (at: Pick<Test, 'at' | 'behindIpv4'>): Condition =>
    any(...ranges.map(range => rangeAt(range, at)));
  const later: Test = { bytes: 2, at: network + FRAGMENT_PLACE, op: 'set', value: FRAGMENT_OFFSET };
  const behind = (offset: number): Condition => inRange({ at: network + offset, behindIpv4: network });
  const ipv6 = (offset: number): Condition => inRange({ at: network + IPV6_HEADER + offset });
  return any(
    all(
      link.carries('ip'),
      protocolIs('ip', protocols, link, false),
      not(later),
      directed(direction, behind(0), behind(2)),
    ),
    all(
      link.carries('ip6'),
      protocolIs('ip6', protocols, link, false),
      directed(direction, ipv6(0), ipv6(2)),
    ),
  );
}

function rangeAt({ low, high }: PortRange, at: Pick<Test, 'at' | 'behindIpv4'>): Condition {
  if (low === high) return { bytes: 2, ...at, op: 'eq', value: low };
  return all({ bytes: 2, ...at, op: 'ge', value: low }, not({ bytes: 2, ...at, op: 'gt', value: high }));
}
