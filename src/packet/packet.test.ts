import { describe, expect, it } from 'vitest';
import { decodePacket, type FirstLayer, type Packet, summarize } from './index.ts';
import { ETHERNET_IPV4, ETHERNET_IPV6, hex, ipv4, ipv6 } from './testdata/build.ts';

const SYN = '1388 0050 00000001 00000000 a002 faf0 0000 0000 020405b4 0402080a 0000002a 00000000 01030307';
const UDP = '1388 1389 000c 0000 01020304';

function text(from: FirstLayer, ...parts: string[]): string {
  return summarize(decodePacket(hex(...parts), from));
}

describe('summaries', () => {
  const lines: readonly [title: string, from: FirstLayer, bytes: string, text: string][] = [
    ['TCP', 'ethernet', ETHERNET_IPV4 + ipv4('06', SYN), '10.0.0.1:5000 > 10.0.0.2:80 tcp S seq 1 win 64240'],
    [
      'TCP over IPv6 with an acknowledgement',
      'ethernet',
      ETHERNET_IPV6 + ipv6('06', '1388 0050 ffffffff 00000007 5019 0200 0000 0000'),
      '[2001:db8::1]:5000 > [fe80::2]:80 tcp FPA seq 4294967295 ack 7 win 512',
    ],
    ['UDP from the IP header on', 0x0800, ipv4('11', UDP), '10.0.0.1:5000 > 10.0.0.2:5001 udp'],
    ['IP of either version', 'ip', ipv6('11', UDP), '[2001:db8::1]:5000 > [fe80::2]:5001 udp'],
    ['SCTP', 'ip', ipv4('84', '1388 1389 00000000'), '10.0.0.1:5000 > 10.0.0.2:5001 sctp'],
    ['a protocol without a name', 'ip', ipv4('fd', '00'), '10.0.0.1 > 10.0.0.2 proto-253'],
    ['a ping', 'ip', ipv4('01', '0800 0000 0007 0002'), '10.0.0.1 > 10.0.0.2 icmp echo-request id 7 seq 2'],
    [
      'an ICMP error with the packet it is about',
      'ip',
      ipv4('01', `0303 0000 00000000 ${ipv4('11', UDP)}`),
      '10.0.0.1 > 10.0.0.2 icmp port-unreachable (10.0.0.1:5000 > 10.0.0.2:5001 udp)',
    ],
    [
      'an MTU',
      'ip',
      ipv4('01', `0304 0000 0000 05dc ${ipv4('11', UDP)}`),
      '10.0.0.1 > 10.0.0.2 icmp fragmentation-needed mtu 1500 (10.0.0.1:5000 > 10.0.0.2:5001 udp)',
    ],
    [
      'a router solicitation',
      'ip',
      ipv6('3a', '8500 0000 00000000'),
      '2001:db8::1 > fe80::2 icmpv6 router-solicitation',
    ],
    [
      'a neighbour solicitation',
      'ip',
      ipv6('3a', '8700 0000 00000000 fe800000000000000000000000000009'),
      '2001:db8::1 > fe80::2 icmpv6 neighbor-solicitation fe80::9',
    ],
    [
      'extension headers',
      'ip',
      ipv6('00', `2b00 000000000000 3c00 000000000000 1100 000000000000 ${UDP}`),
      '[2001:db8::1]:5000 > [fe80::2]:5001 udp',
    ],
    ['a first fragment', 'ip', ipv4('11', UDP, '2000'), '10.0.0.1:5000 > 10.0.0.2:5001 udp frag 0+ id 4660'],
    ['a later fragment', 'ip', ipv4('11', UDP, '00b9'), '10.0.0.1 > 10.0.0.2 udp frag 1480 id 4660'],
    [
      'a later IPv6 fragment',
      'ip',
      ipv6('2c', `1100 05c9 0000002a ${UDP}`),
      '2001:db8::1 > fe80::2 udp frag 1480+ id 42',
    ],
    [
      'a request for an address',
      'ethernet',
      'ffffffffffff 020000000001 0806 0001 0800 0604 0001 020000000001 0a000001 000000000000 0a000002',
      'ARP who-has 10.0.0.2 tell 10.0.0.1',
    ],
    [
      'its answer',
      0x0806,
      '0001 0800 0604 0002 020000000001 0a000001 020000000002 0a000002',
      'ARP 10.0.0.1 is-at 02:00:00:00:00:01',
    ],
    [
      'two tags',
      'ethernet',
      `020000000002 020000000001 88a8 0064 8100 e0c8 0800 ${ipv4('11', UDP)}`,
      '10.0.0.1:5000 > 10.0.0.2:5001 udp vlan 100.200',
    ],
    [
      'VXLAN',
      'ip',
      ipv4('11', `1388 12b5 0000 0000 08000000 00002a00 ${ETHERNET_IPV4} ${ipv4('06', SYN)}`),
      '10.0.0.1:5000 > 10.0.0.2:4789 udp vxlan 42 { 10.0.0.1:5000 > 10.0.0.2:80 tcp S seq 1 win 64240 }',
    ],
    [
      'Geneve with an option',
      'ip',
      ipv4('11', `1388 17c1 0000 0000 0100 6558 00002b00 00000000 ${ETHERNET_IPV6} ${ipv6('11', UDP)}`),
      '10.0.0.1:5000 > 10.0.0.2:6081 udp geneve 43 { [2001:db8::1]:5000 > [fe80::2]:5001 udp }',
    ],
    [
      'GRE with a key',
      'ip',
      ipv4('2f', `2000 0800 00000009 ${ipv4('11', UDP)}`),
      '10.0.0.1 > 10.0.0.2 gre key 9 { 10.0.0.1:5000 > 10.0.0.2:5001 udp }',
    ],
    [
      'IPv6 in IPv4',
      'ip',
      ipv4('29', ipv6('11', UDP)),
      '10.0.0.1 > 10.0.0.2 ipv6 { [2001:db8::1]:5000 > [fe80::2]:5001 udp }',
    ],
    [
      'spanning tree',
      'ethernet',
      '0180c2000000 020000000001 0026 424203',
      '02:00:00:00:00:01 > 01:80:c2:00:00:00 stp',
    ],
    [
      'an ethertype without a name',
      'ethernet',
      '0180c2000000 020000000001 88b5 00',
      '02:00:00:00:00:01 > 01:80:c2:00:00:00 0x88b5',
    ],
    ['a cut TCP header', 'ip', ipv4('06', '1388 0050 0000'), '10.0.0.1:5000 > 10.0.0.2:80 tcp [cut short]'],
  ];
  it.each(lines)('%s', (_, from, bytes, line) => {
    expect(text(from, bytes)).toBe(line);
  });
});

describe('packets', () => {
  it('are plain data', () => {
    const packet = decodePacket(hex(ETHERNET_IPV4, ipv4('06', SYN)), 'ethernet');
    expect(JSON.parse(JSON.stringify(packet))).toEqual({
      family: 'ipv4',
      protocol: 'tcp',
      length: 60,
      ethernet: { src: '02:00:00:00:00:01', dst: '02:00:00:00:00:02', type: 0x800 },
      src: '10.0.0.1',
      dst: '10.0.0.2',
      ttl: 64,
      id: 0x1234,
      sport: 5000,
      dport: 80,
      tcpFlags: 'S',
      seq: 1,
      window: 64240,
      payload: 0,
      tcpOptions: { mss: 1460, sackPermitted: true, timestamp: 42, windowScale: 7 },
    } satisfies Packet);
  });

  it('leave padding behind the IP packet out', () => {
    const packet = decodePacket(hex(ipv4('06', '1388 0050'), '0000000000000000 5002 0000'), 'ip');
    expect(packet).toMatchObject({ sport: 5000, truncated: true });
    expect(packet.tcpFlags).toBeUndefined();
  });

  it('tell the payload of what was cut', () => {
    const whole = hex(
      '4500 05dc 0000 4000 40 06 0000 0a000001 0a000002',
      '1388 0050 00000001 00000002 5010 0100 00000000',
    );
    expect(decodePacket(whole, 'ip')).toMatchObject({ length: 1500, payload: 1460, tcpFlags: 'A' });
  });

  it('of a giant segment announce no length', () => {
    const packet = decodePacket(hex('4500 0000 0000 4000 40 11 0000 0a000001 0a000002', UDP), 'ip');
    expect(packet).toMatchObject({ length: 0, sport: 5000 });
  });

  it('are followed four deep and no further', () => {
    let inside = ipv4('11', UDP);
    for (let depth = 0; depth < 10; depth++) inside = ipv4('04', inside);
    let depth = 0;
    for (let packet: Packet | undefined = decodePacket(hex(inside), 'ip'); packet; packet = packet.inner)
      depth++;
    expect(depth).toBe(4);
  });

  it('know every combination of flags', () => {
    const flags = ['00', '01', '02', '12', '11', '18', '04', '14', 'ff'].map(
      bits =>
        decodePacket(hex(ipv4('06', `1388 0050 00000000 00000000 50${bits} 0000 0000 0000`)), 'ip').tcpFlags,
    );
    expect(flags).toEqual(['', 'F', 'S', 'SA', 'FA', 'PA', 'R', 'RA', 'FSRPAUEW']);
  });
});
