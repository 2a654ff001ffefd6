/**
 * packet: what the headers of a packet say, as plain data and as one line of text.
 *
 * Promises: never throws and never reads outside the bytes, whatever they hold; a packet cut short gives what was
 * there and says so; tunnels are followed to a fixed depth. Knows Ethernet, VLAN, ARP, IPv4, IPv6 with extension
 * headers, ICMP, TCP, UDP, SCTP and DCCP ports, VXLAN, Geneve, GRE and IP in IP. Addresses are text (RFC 5952).
 */
export { ipv4Text, ipv6Text, macText } from './address.ts';
export { decodePacket } from './layers.ts';
export { ethertypeName, protocolName, tcpFlagsText } from './names.ts';
export type { ArpMessage, EthernetHeader, Fragment, Packet, TcpOptions, Tunnel } from './packet.ts';
export { summarize } from './summary.ts';
export type { FirstLayer } from './walk.ts';
