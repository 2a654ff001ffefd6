import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logEventOf } from './index.ts';
import { parseLogRecord } from './kmsg-record.ts';
import { shortIpv6 } from './logged-packet.ts';

const MAC = 'MAC=ee:4c:cf:57:a6:1c:da:48:8a:ef:1c:1f:08:00';

describe('kernel log lines', () => {
  it.each([
    ['nf_conntrack: nf_conntrack: table full, dropping packet', { kind: 'table-full', netns: null }],
    [
      'nf_conntrack: nf_conntrack: table full in netns 4026532177, dropping packet',
      { kind: 'table-full', netns: 4026532177 },
    ],
    ['ip_conntrack: table full, dropping packet.', { kind: 'table-full', netns: null }],
    [
      'IPv4: martian source 10.0.0.2 from 192.168.9.9, on dev eth0',
      { kind: 'martian', dst: '10.0.0.2', src: '192.168.9.9', dev: 'eth0' },
    ],
    [
      'IPv4: martian source (src=192.168.9.9, dst=10.0.0.2, dev=eth0)',
      { kind: 'martian', dst: '10.0.0.2', src: '192.168.9.9', dev: 'eth0' },
    ],
    [
      'TCP: request_sock_TCP: Possible SYN flooding on port 10.0.0.2:80. Sending cookies.',
      { kind: 'syn-flood', port: 80, action: 'Sending cookies' },
    ],
    [
      'TCP: request_sock_TCPv6: Possible SYN flooding on port [fd00::2]:8080. Dropping request.',
      { kind: 'syn-flood', port: 8080, action: 'Dropping request' },
    ],
    [
      'TCP: request_sock_TCP: Possible SYN flooding on port 7000. Sending cookies.  Check SNMP counters.',
      { kind: 'syn-flood', port: 7000, action: 'Sending cookies' },
    ],
    ['neighbour: arp_cache: neighbor table overflow!', { kind: 'neighbour-overflow', table: 'arp_cache' }],
    ['net_ratelimit: 26 callbacks suppressed', { kind: 'suppressed', count: 26 }],
    ['TCP: too many orphaned sockets', { kind: 'memory', what: 'too many orphaned sockets' }],
  ])('%s', (text, event) => {
    expect(logEventOf(text)).toEqual(event);
  });

  it('reads a LOG line with its prefix, as 6.12 wrote it', () => {
    const text = `INV: IN=h0 OUT= ${MAC} SRC=10.8.0.1 DST=10.8.0.2 LEN=40 TOS=0x00 PREC=0x00 TTL=64 ID=316 DF PROTO=TCP SPT=4444 DPT=80 WINDOW=512 RES=0x00 ACK SYN URGP=0 `;
    expect(logEventOf(text)).toMatchObject({
      kind: 'log',
      prefix: 'INV:',
      packet: {
        ...{ family: 'ipv4', iif: 'h0', oif: null, src: '10.8.0.1', dst: '10.8.0.2', length: 40, ttl: 64 },
        ...{ id: 316, protocol: 'TCP', sport: 4444, dport: 80, tcpFlags: ['ACK', 'SYN'], mark: null },
      },
    });
  });

  it('reads TRACE of legacy iptables, with numbers that are called like flags', () => {
    const text = `TRACE: raw:PREROUTING:policy:2 IN=rvB OUT= ${MAC} SRC=10.99.0.1 DST=10.99.0.2 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=836 DF PROTO=TCP SPT=54946 DPT=80 SEQ=1227398798 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 OPT (020405B4) UID=0 GID=0 MARK=0x10 `;
    expect(logEventOf(text)).toMatchObject({
      ...{ kind: 'trace', table: 'raw', chain: 'PREROUTING', what: 'policy', number: 2 },
      packet: { seq: 1227398798, ack: 0, tcpFlags: ['SYN'], mark: 16, uid: 0 },
    });
  });

  it('reads log_invalid, in the words of new and of old kernels', () => {
    const text = `nf_ct_proto_6: SEQ is over upper bound 2535102271 (over the window of the receiver) IN=rvB OUT= ${MAC} SRC=10.99.0.1 DST=10.99.0.2 LEN=60 PROTO=TCP SPT=1 DPT=2 `;
    expect(logEventOf(text)).toMatchObject({
      kind: 'invalid',
      protocol: 6,
      why: 'SEQ is over upper bound 2535102271 (over the window of the receiver)',
      packet: { src: '10.99.0.1', dport: 2 },
    });
    expect(logEventOf('nf_ct_tcp: invalid packet ignored IN= OUT= SRC=1.2.3.4 DST=5.6.7.8')).toMatchObject({
      kind: 'invalid',
      protocol: 6,
    });
  });

  it('keeps what an ICMP error quotes apart, and the length of UDP', () => {
    const quoted =
      'IN= OUT=eth0 SRC=10.0.0.2 DST=10.0.0.1 LEN=60 PROTO=ICMP TYPE=3 CODE=3 [SRC=10.0.0.1 DST=10.0.0.2 LEN=31 PROTO=UDP SPT=5 DPT=53 LEN=11 ] ';
    expect(logEventOf(quoted)).toMatchObject({
      packet: { src: '10.0.0.2', protocol: 'ICMP', icmpType: 3, icmpCode: 3, sport: null },
    });
    const udp =
      'IN=eth0 OUT= SRC=0000:0000:0000:0000:0000:0000:0000:0001 DST=fd00:0000:0000:0001:0000:0000:0000:0002 LEN=71 TC=0 HOPLIMIT=64 FLOWLBL=0 PROTO=UDP SPT=5 DPT=53 LEN=31 ';
    expect(logEventOf(udp)).toMatchObject({
      packet: { family: 'ipv6', src: '::1', dst: 'fd00:0:0:1::2', length: 71, ttl: 64 },
    });
  });

  it('says nothing about other lines, and never fails', () => {
    expect(logEventOf('usb 1-1: new high-speed USB device')).toBeUndefined();
    expect(logEventOf('IN=')).toBeUndefined();
    fc.assert(fc.property(fc.string(), text => void logEventOf(text)));
    fc.assert(fc.property(fc.string(), text => void logEventOf(`TRACE: a:b:rule:1 IN= OUT= ${text}`)));
    fc.assert(fc.property(fc.string(), text => void parseLogRecord(text)));
  });

  it('writes IPv6 as everything else does', () => {
    expect(shortIpv6('0000:0000:0000:0000:0000:0000:0000:0000')).toBe('::');
    expect(shortIpv6('fe80:0000:0000:0000:1096:23ff:febb:de9b')).toBe('fe80::1096:23ff:febb:de9b');
    expect(shortIpv6('10.0.0.1')).toBe('10.0.0.1');
  });
});

describe('/dev/kmsg records', () => {
  it('have a level, a number, a time and a text', () => {
    expect(parseLogRecord('4,816,1123753043,-;TRACE: a b\n SUBSYSTEM=net\n DEVICE=n1\n')).toEqual({
      ...{ sequence: 816, level: 4, microseconds: 1123753043, text: 'TRACE: a b' },
    });
    expect(parseLogRecord('30,1,2,-,caller=T1;caf\\xc3\\xa9')).toMatchObject({ level: 6, sequence: 1 });
    expect(parseLogRecord('no record')).toBeUndefined();
  });
});
