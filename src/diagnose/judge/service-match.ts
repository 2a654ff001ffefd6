import type { Headers } from '../facts/symptom.ts';

/** Which packets are of the same service, in a firewall's words. */
export interface ServiceMatch {
  readonly nft: string;
  readonly ipt: string;
}

const PLAIN = /^[0-9a-fA-F.:]+$/;

/** The server's address and port in the direction of this packet; undefined without addresses. */
export function serviceMatchOf(packet: Headers): ServiceMatch | undefined {
  const { family, protocol, src, dst, sport, dport } = packet;
  if ((family !== 'ipv4' && family !== 'ipv6') || !dst || !src || !PLAIN.test(dst + src)) return undefined;
  const ip = family === 'ipv4' ? 'ip' : 'ip6';
  if (sport === undefined || dport === undefined || (protocol !== 'tcp' && protocol !== 'udp'))
    return portless(ip, protocol, dst);
  if (dport <= sport)
    return {
      nft: `${ip} daddr ${dst} ${protocol} dport ${dport}`,
      ipt: `-d ${dst} -p ${protocol} --dport ${dport}`,
    };
  return {
    nft: `${ip} saddr ${src} ${protocol} sport ${sport}`,
    ipt: `-s ${src} -p ${protocol} --sport ${sport}`,
  };
}

/** Protocols as nft and iptables both spell them. */
const SPELLED: Readonly<Record<string, string>> = {
  icmp: 'icmp',
  icmpv6: 'ipv6-icmp',
  sctp: 'sctp',
  gre: 'gre',
};

function portless(ip: string, protocol: string, dst: string): ServiceMatch {
  const name = SPELLED[protocol];
  if (name === undefined) return { nft: `${ip} daddr ${dst}`, ipt: `-d ${dst}` };
  return { nft: `${ip} daddr ${dst} meta l4proto ${name}`, ipt: `-d ${dst} -p ${name}` };
}
