/** Which end of a packet an address or port is compared with. */
export type Direction = 'src' | 'dst' | 'either' | 'both';

/** Link-level kinds of packets that carry addresses or protocols. */
export type Carrier = 'ip' | 'ip6' | 'arp' | 'rarp';

/** What an expression says, read from the text. */
export type Syntax =
  | { readonly kind: 'and' | 'or'; readonly left: Syntax; readonly right: Syntax }
  | { readonly kind: 'not'; readonly of: Syntax }
  | Primitive;

export type Primitive =
  /** Any of these addresses or networks. */
  | {
      readonly kind: 'address';
      readonly carriers: readonly Carrier[];
      readonly direction: Direction;
      readonly networks: readonly Network[];
    }
  | {
      readonly kind: 'ports';
      /** IP protocols that have ports. */
      readonly protocols: readonly number[];
      readonly direction: Direction;
      /** Any of these. */
      readonly ranges: readonly PortRange[];
    }
  | { readonly kind: 'protocol'; readonly carriers: readonly Carrier[]; readonly number: number }
  | { readonly kind: 'carrier'; readonly carrier: Carrier };

/** Words of 4 bytes, one for IPv4 and four for IPv6. */
export type Network = readonly AddressWord[];

/** Both ends included. */
export interface PortRange {
  readonly low: number;
  readonly high: number;
}

export interface AddressWord {
  readonly value: number;
  readonly mask: number;
}
