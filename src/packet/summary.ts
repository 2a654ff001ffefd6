import type { Packet } from './packet.ts';

/**
 * One line: "10.0.0.1:5000 > 10.0.0.2:80 tcp S seq 1", "arp who-has 10.0.0.2 tell 10.0.0.1",
 * "fe80::1 > ff02::2 icmpv6 router-solicitation", a tunnel's inner packet in brackets behind the outer one.
 */
export function summarize(packet: Packet): string {
  const vlan = packet.vlan ? `vlan ${packet.vlan.join('.')} ` : '';
  const cut = packet.truncated ? ' (cut)' : '';
  return `${vlan}${bodyOf(packet)}${cut}${innerOf(packet)}`;
}

function bodyOf(packet: Packet): string {
  if (packet.arp) return arpText(packet.arp);
  if (packet.src !== undefined) return `${endpoints(packet)} ${packet.protocol}${detailOf(packet)}`;
  const { ethernet } = packet;
  return ethernet ? `${ethernet.src} > ${ethernet.dst} ${packet.protocol}` : packet.protocol;
}

function arpText({ op, senderIp, senderMac, targetIp }: NonNullable<Packet['arp']>): string {
  if (op === 'who-has') return `arp who-has ${targetIp} tell ${senderIp}`;
  if (op === 'is-at') return `arp ${senderIp} is-at ${senderMac}`;
  return `arp ${op} ${senderIp} > ${targetIp}`;
}

function endpoints({ family, src, dst, sport, dport }: Packet): string {
  if (sport === undefined) return `${src} > ${dst}`;
  return family === 'ipv6' ? `[${src}]:${sport} > [${dst}]:${dport}` : `${src}:${sport} > ${dst}:${dport}`;
}

function detailOf(packet: Packet): string {
  return tcpText(packet) + icmpText(packet) + fragmentText(packet);
}

function tcpText({ tcpFlags, seq, ack, payload }: Packet): string {
  if (tcpFlags === undefined) return '';
  const acked = tcpFlags.includes('A') ? ` ack ${ack}` : '';
  return ` ${tcpFlags || 'none'} seq ${seq}${acked}${payload ? ` payload ${payload}` : ''}`;
}

function icmpText({ icmpName, icmpId, icmpSeq }: Packet): string {
  if (icmpName === undefined) return '';
  return icmpId === undefined ? ` ${icmpName}` : ` ${icmpName} id ${icmpId} seq ${icmpSeq}`;
}

function fragmentText({ fragment }: Packet): string {
  return fragment ? ` fragment ${fragment.id} at ${fragment.offset}${fragment.more ? '+' : ''}` : '';
}

function innerOf({ inner }: Packet): string {
  if (!inner) return '';
  const vni = inner.vni === undefined ? '' : ` vni ${inner.vni}`;
  return ` ${inner.tunnel}${vni} [${summarize(inner.packet)}]`;
}
