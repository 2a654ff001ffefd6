import { IPV4, IPV6, MACS, PORTS, PROTOCOLS, VLANS } from './generate-packet.ts';
import type { Random } from './random.ts';

type Make = (random: Random) => string;

const direction: Make = r => r.of(['', 'src ', 'dst ', 'src or dst ', 'src and dst ']);
const protocolWord: Make = r => r.of(['tcp', 'udp', 'icmp', 'icmp6', 'arp', 'ip', 'ip6']);
const ports: Make = r => {
  const [a, b] = [r.of(PORTS), r.of(PORTS)];
  return `${Math.min(a, b)}-${Math.max(a, b)}`;
};
const prefix: Make = r =>
  r.of(['10.0.0.0/8', '10.0.0.0/24', '192.0.2.0/28', '192.0.2.7/32', '10', '10.0', '192.0.2', '0.0.0.0/0']);
const prefix6: Make = r => r.of(['2001:db8::/32', '2001:db8::/48', 'fe80::/10', '2001:db8::1/128', 'ff00::/8']);

/** The forms that are compiled without libpcap too. */
const PLAIN: readonly Make[] = [
  protocolWord,
  r => r.of(['sctp', 'igmp', 'rarp', 'pim', 'ah', 'esp', 'vrrp']),
  r => `${direction(r)}host ${r.of(IPV4)}`,
  r => `${direction(r)}host ${r.of(IPV6)}`,
  r => `${r.of(['ip', 'arp', 'rarp'])} ${direction(r)}host ${r.of(IPV4)}`,
  r => `ip6 ${direction(r)}host ${r.of(IPV6)}`,
  r => `${direction(r)}net ${prefix(r)}`,
  r => `${direction(r)}net ${prefix6(r)}`,
  r => `${direction(r)}net 10.0.0.0 mask 255.0.0.0`,
  r => `${r.of(['', 'tcp ', 'udp ', 'sctp '])}${direction(r)}port ${r.of(PORTS)}`,
  r => `${r.of(['', 'tcp ', 'udp ', 'sctp '])}${direction(r)}portrange ${ports(r)}`,
  r => `port ${r.of(PORTS)} or ${r.of(PORTS)}`,
  r => `${direction(r)}host ${r.of(IPV4)} or ${r.of(IPV4)}`,
  r => `${r.of(['ip', 'ip6'])} proto ${r.of(PROTOCOLS)}`,
  r => `proto ${r.of(PROTOCOLS)}`,
];

const field: Make = r =>
  r.of([
    'ip[0]', 'ip[8]', 'ip[2:2]', 'ip[6:2]', 'ip[9]', 'ip[16:4]', 'ip6[6]', 'ip6[7]', 'ip6[40]', 'ip6[24:4]',
    'tcp[13]', 'tcp[tcpflags]', 'tcp[4:4]', 'tcp[2:2]', 'udp[4:2]', 'udp[0:2]', 'icmp[icmptype]', 'icmp[icmpcode]',
    'icmp[4:2]', 'ether[0]', 'ether[12:2]', 'ether[6:4]', 'ether[11:4]', 'ether[60:2]', 'ether[200]', 'len',
    'ip[ip[0]&0xf]', 'ether[ether[0]]', 'tcp[tcp[12]>>2:2]', 'arp[6:2]', 'arp[14:4]', 'sctp[0:2]', 'ether[len - 1]',
    'ether[ip[8] * 3]', 'ip6[ip6[4:2]]', 'ether[13 + ether[5]]', 'ether[11 + ether[5]:4]',
  ]);
const number: Make = r => String(r.of([0, 1, 2, 4, 5, 6, 15, 17, 20, 40, 64, 255, 256, 0x800, 0x8100, 0xffff, 0x7fffffff, 0xfffffffe]));
const arithmetic: Make = r =>
  r.of([
    field,
    (s: Random) => `${field(s)} ${s.of(['&', '|', '^', '+', '-', '*', '/', '%', '<<', '>>'])} ${s.of([1, 2, 3, 7, 15, 31, 0xf0, 0xff])}`,
    (s: Random) => `${field(s)} ${s.of(['&', '|', '^', '+', '-', '*', '/', '%', '<<', '>>'])} ${field(s)}`,
    (s: Random) => `(${field(s)} - ((ip[0]&0xf)<<2))`,
    (s: Random) => `-${field(s)}`,
  ])(r);

const RICH: readonly Make[] = [
  r => `ether ${r.of(['host', 'src', 'dst'])} ${r.of(MACS)}`,
  r => `ether proto ${r.of(['0x800', '0x86dd', '0x806', '0x8100', '0x88cc'])}`,
  r => r.of(['ether broadcast', 'ether multicast', 'ip multicast', 'ip6 multicast', 'multicast', 'broadcast']),
  r => `${r.of(['greater', 'less'])} ${r.of([40, 60, 80, 100, 1000])}`,
  r => `${arithmetic(r)} ${r.of(['=', '!=', '>', '<', '>=', '<='])} ${r.chance(25) ? arithmetic(r) : number(r)}`,
  r => `${arithmetic(r)} ${r.of(['=', '!=', '>', '<', '>=', '<='])} ${number(r)}`,
  r => `tcp[tcpflags] & (tcp-syn|tcp-ack) ${r.of(['!= 0', '= tcp-syn', '== 0'])}`,
  r => (r.chance(25) ? `${r.of(['ip', 'ip6', ''])} protochain ${r.of([6, 17, 58, 253])}` : 'len > 90'),
  r => r.of(['atalk', 'stp', 'iso', 'ipx', 'aarp', 'decnet', 'llc', 'mpls', 'pppoed', 'pppoes']),
];

/** `vlan` moves the offsets of all that follows it, so it goes first. */
const TAGGED: Make = r => r.of(['vlan', `vlan ${r.of(VLANS)}`, `vlan ${r.of(VLANS)} and vlan`, 'not vlan', `not vlan ${r.of(VLANS)}`]);

/** An expression in pcap-filter(7); not each is one that libpcap accepts. */
export function randomExpression(random: Random): string {
  const text = combine(random, [...PLAIN, ...RICH], 3);
  return random.chance(15) ? `${TAGGED(random)} ${random.of(['and', 'or'])} ${text}` : text;
}

/** Of the plain forms only. */
export function randomPlainExpression(random: Random): string {
  return combine(random, PLAIN, 3);
}

function combine(random: Random, forms: readonly Make[], depth: number): string {
  const pick = random.below(10);
  if (depth === 0 || pick < 3) return random.of(forms)(random);
  const left = combine(random, forms, depth - 1);
  if (pick === 3) return `not (${left})`;
  if (pick === 4) return `(${left})`;
  const right = combine(random, forms, depth - 1);
  return `${left} ${random.of(['and', 'or', 'and not', '&&', '||'])} ${random.chance(30) ? `(${right})` : right}`;
}
