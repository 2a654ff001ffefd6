/** A word or sign of a filter expression; `start` counts characters from 0. */
export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Words may hold what addresses, names and numbers are made of. */
const TOKEN = /[\p{L}\p{N}_:./\\%-]+|&&|\|\||<<|>>|[<>!=]=|\S/gu;

export function tokensOf(text: string): Token[] {
  return [...text.matchAll(TOKEN)].map(({ 0: word, index }) => ({
    text: word,
    start: index,
    end: index + word.length,
  }));
}

/** What may stand before a name that is looked up as a host or network. */
const BEFORE_HOSTS: ReadonlySet<string> = new Set(
  'host net gateway src dst and or not && || ! ( link ether ip arp rarp ip6'.split(' '),
);
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'dst src link ether ppp slip fddi tr wlan arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp carp radio ip6 icmp6 ' +
    'ah esp atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is l1 l2 iih lsp snp csnp psnp clnp stp ipx ' +
    'netbeui host net mask port portrange less greater byte broadcast multicast and or not len length inbound outbound ' +
    'ifindex vlan mpls pppoed pppoes geneve vxlan proto protochain gateway type subtype direction dir on ifname'
  ).split(' '),
);

/** Could libpcap look this word up as a host or network name? */
export function mayBeHostName(token: Token, before: Token | undefined): boolean {
  if (!/^\p{L}[\p{L}\p{N}_.-]*$/u.test(token.text) || KEYWORDS.has(token.text)) return false;
  return before === undefined || BEFORE_HOSTS.has(before.text);
}
