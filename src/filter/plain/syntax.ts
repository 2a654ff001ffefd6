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
  /** An address or network: 4-byte words of value and mask, one for IPv4 and four for IPv6. */
  | {
      readonly kind: 'address';
      readonly carriers: readonly Carrier[];
      readonly direction: Direction;
      readonly words: readonly AddressWord[];
    }
  | {
      readonly kind: 'ports';
      /** IP protocols that have ports. */
      readonly protocols: readonly number[];
      readonly direction: Direction;
      readonly low: number;
      readonly high: number;
    }
  | { readonly kind: 'protocol'; readonly carriers: readonly Carrier[]; readonly number: number }
  | { readonly kind: 'carrier'; readonly carrier: Carrier };

export interface AddressWord {
  readonly value: number;
  readonly mask: number;
}
