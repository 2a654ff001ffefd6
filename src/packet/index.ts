/**
 * packet: bytes of a packet to what it says, and that to one line.
 *
 * Promises: never throws, whatever the bytes are; a packet that is cut is decoded as far as it goes and says so.
 * Ethernet with VLAN tags, ARP, IPv4, IPv6 with extension headers, TCP, UDP, SCTP ports, ICMP, ICMPv6, and the packet
 * inside VXLAN, Geneve, GRE, IP in IP or an ICMP error.
 */
export { ipv4Text, ipv6Text, macText } from './addresses.ts';
export { decodePacket } from './decode.ts';
export type { From } from './layer.ts';
export { ethertypeName, protocolName } from './names.ts';
export type { Arp, Fragment, Inner, Packet } from './packet.ts';
export { summarize } from './summary.ts';
