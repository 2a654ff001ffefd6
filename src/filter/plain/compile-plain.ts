import type { PacketFilter } from '../packet-filter.ts';
import { generate } from './generate.ts';
import { ETHERNET, lower, RAW_IP } from './lower.ts';
import { parsePlain } from './parse.ts';

/**
 * Compiles the plain forms of pcap-filter(7): host, net, port, portrange, proto with src and dst, ip, ip6, arp, rarp,
 * tcp, udp, sctp, icmp, icmp6, igmp, ah, esp, pim, vrrp; and, or, not, parentheses. They mean what they mean to libpcap.
 * Throws FilterSyntaxError with the place and what was expected there.
 */
export function compilePlain(text: string): PacketFilter {
  const syntax = parsePlain(text);
  return {
    text,
    ethernet: generate(lower(syntax, ETHERNET)),
    rawIp: generate(lower(syntax, RAW_IP)),
    tags: 'hidden',
  };
}
