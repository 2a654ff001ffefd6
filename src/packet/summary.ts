import type { Packet, Tunnel } from './packet.ts';

/**
 * A packet on one line: "10.0.0.1:5000 > 10.0.0.2:80 tcp S seq 1 win 64240", "ARP who-has 10.0.0.2 tell 10.0.0.1",
 * "10.0.0.1:5000 > 10.0.0.2:4789 udp vxlan 42 { … }".
 */
export function summarize(packet: Packet): string {
  const text = bodyOf(packet) + vlanText(packet) + innerText(packet);
  return packet.truncated ? `${text} [cut short]` : text;
}

function bodyOf(packet: Packet): string {
  if (packet.family === 'arp') return arpText(packet);
  if (packet.family === 'other') return otherText(packet);
  if (packet.src === undefined) return packet.protocol;
  return `${endsText(packet)} ${packet.protocol}${detailOf(packet)}${fragmentText(packet)}`;
}

function endsText(packet: Packet): string {
  const { src, dst, sport, dport } = packet;
  if (sport === undefined) return `${src} > ${dst}`;
  return packet.family === 'ipv6'
    ? `[${src}]:${sport} > [${dst}]:${dport}`
    : `${src}:${sport} > ${dst}:${dport}`;
}

function detailOf(packet: Packet): string {
  if (packet.tcpFlags !== undefined) return tcpText(packet);
  return packet.icmpName === undefined ? '' : icmpText(packet);
}

function tcpText({ tcpFlags, seq, ack, window }: Packet): string {
  const acked = ack === undefined ? '' : ` ack ${ack}`;
  return ` ${tcpFlags || '.'} seq ${seq}${acked} win ${window}`;
}

function icmpText({ icmpName, icmpId, icmpSeq, icmpMtu, icmpTarget, quoted }: Packet): string {
  const echo = icmpId === undefined ? '' : ` id ${icmpId} seq ${icmpSeq}`;
  const mtu = icmpMtu === undefined ? '' : ` mtu ${icmpMtu}`;
  const target = icmpTarget === undefined ? '' : ` ${icmpTarget}`;
  const about = quoted === undefined ? '' : ` (${bodyOf(quoted)})`;
  return ` ${icmpName}${echo}${mtu}${target}${about}`;
}

function fragmentText({ fragment }: Packet): string {
  if (!fragment) return '';
  return ` frag ${fragment.offset}${fragment.more ? '+' : ''} id ${fragment.id}`;
}

function arpText({ arp }: Packet): string {
  if (!arp) return 'ARP';
  if (arp.op === 'request') return `ARP who-has ${arp.targetIp} tell ${arp.senderIp}`;
  if (arp.op === 'reply') return `ARP ${arp.senderIp} is-at ${arp.senderMac}`;
  return `ARP ${arp.op} ${arp.senderIp} > ${arp.targetIp}`;
}

function otherText({ ethernet, protocol }: Packet): string {
  return ethernet ? `${ethernet.src} > ${ethernet.dst} ${protocol}` : protocol;
}

function vlanText({ vlan }: Packet): string {
  return vlan ? ` vlan ${vlan.join('.')}` : '';
}

function innerText({ tunnel, inner }: Packet): string {
  if (!tunnel) return '';
  const text = tunnelText(tunnel);
  return inner ? `${text} { ${summarize(inner)} }` : text;
}

/** GRE and IP in IP are named by their protocol already. */
function tunnelText({ kind, vni, key }: Tunnel): string {
  if (vni !== undefined) return ` ${kind} ${vni}`;
  return key === undefined ? '' : ` key ${key}`;
}
